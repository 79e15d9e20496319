#include "plan/packer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "plan/placer.h"

namespace weir::plan {
namespace {

void expect_no_overlap(const std::vector<Block>& blocks, const Packing& packing) {
  for (std::size_t a = 0; a < blocks.size(); ++a) {
    EXPECT_LE(packing.offsets[a] + blocks[a].size, packing.height);
    for (std::size_t b = 0; b < a; ++b) {
      if (blocks[a].meets(blocks[b])) {
        EXPECT_TRUE(packing.offsets[a] + blocks[a].size <= packing.offsets[b] ||
                    packing.offsets[b] + blocks[b].size <= packing.offsets[a])
            << "blocks " << a << " and " << b;
      }
    }
  }
}

std::vector<Block> random_blocks(std::mt19937& random, std::size_t count, std::size_t positions) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = random() % positions;
    const std::size_t last = std::min(positions - 1, first + random() % 4);
    blocks.push_back({64 * (1 + random() % 9), first, last});
  }
  return blocks;
}

/// The lowest packing of all: lowest fit in every order (some order gives an optimal packing).
std::size_t optimal_height(const std::vector<Block>& blocks) {
  std::vector<std::uint32_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  const Conflicts conflicts(blocks);
  Placer placer(blocks, conflicts);
  std::size_t best = placer.pack(order, Fit::kLowest).height;
  while (std::next_permutation(order.begin(), order.end())) {
    best = std::min(best, placer.pack(order, Fit::kLowest).height);
  }
  return best;
}

//  offset
//    3 ┤ ▓▓▓▓▓▓▓▓▓  (placed first: lives long)
//    0 ┤ a        b     a is gone when b comes: b must go below, not above
//      └──────────────► time
TEST(Placer, ReusesTheGapBeforeTheFirstBlock) {
  const std::vector<Block> blocks{{192, 0, 0}, {64, 0, 1}, {128, 1, 1}};
  const Conflicts conflicts(blocks);
  for (const Fit fit : {Fit::kLowest, Fit::kTightest}) {
    Placer placer(blocks, conflicts);
    const Packing& packing = placer.pack(std::vector<std::uint32_t>{0, 1, 2}, fit);
    EXPECT_THAT(packing.offsets, ::testing::ElementsAre(0, 192, 0));
    EXPECT_EQ(packing.height, 256u);
  }
}

//  gaps of 192 (below) and 64 (above) when a block of 64 comes
TEST(Placer, TheTightestGapIsNotTheLowest) {
  const std::vector<Block> blocks{{192, 0, 0}, {64, 0, 1}, {64, 0, 0}, {64, 0, 1}, {64, 1, 1}};
  const Conflicts conflicts(blocks);
  const std::vector<std::uint32_t> order{0, 1, 2, 3, 4};
  EXPECT_EQ(Placer(blocks, conflicts).pack(order, Fit::kLowest).offsets[4], 0u);
  EXPECT_EQ(Placer(blocks, conflicts).pack(order, Fit::kTightest).offsets[4], 256u);
}

TEST(Placer, ABlockThatMeetsNothingGoesToTheBottom) {
  const std::vector<Block> blocks{{64, 0, 0}, {64, 1, 1}};
  const Conflicts conflicts(blocks);
  EXPECT_THAT(
      Placer(blocks, conflicts).pack(std::vector<std::uint32_t>{0, 1}, Fit::kLowest).offsets,
      ::testing::ElementsAre(0, 0));
}

TEST(Conflicts, AreSymmetricAndCounted) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const std::vector<Block> blocks = random_blocks(random, 30, 12);
    const Conflicts conflicts(blocks);
    std::size_t pairs = 0;
    for (std::uint32_t a = 0; a < blocks.size(); ++a) {
      for (std::uint32_t b = 0; b < blocks.size(); ++b) {
        const auto of_a = conflicts.of(a);
        const bool listed = std::find(of_a.begin(), of_a.end(), b) != of_a.end();
        EXPECT_EQ(listed, a != b && blocks[a].meets(blocks[b]));
        pairs += listed ? 1 : 0;
      }
    }
    EXPECT_EQ(count_conflicts(blocks), pairs / 2);
  }
}

TEST(Packers, NeverOverlapAndNeverExceedTheSum) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::vector<Block> blocks = random_blocks(random, 1 + random() % 40, 15);
    std::size_t sum = 0;
    for (const Block& block : blocks) {
      sum += block.size;
    }
    for (const Packer& packer : packers()) {
      SCOPED_TRACE(packer.name);
      const Packing packing = packer.pack(blocks);
      expect_no_overlap(blocks, packing);
      EXPECT_GE(packing.height, peak_of(blocks));
      EXPECT_LE(packing.height, sum);
    }
  }
}

TEST(Packers, AcceptNoBlocksAndBlocksOfNoBytes) {
  const std::vector<Block> none;
  const std::vector<Block> empty{{0, 0, 3}, {64, 1, 2}, {0, 2, 2}, {64, 2, 3}};
  for (const Packer& packer : packers()) {
    SCOPED_TRACE(packer.name);
    EXPECT_EQ(packer.pack(none).height, 0u);
    EXPECT_EQ(packer.pack(empty).height, 128u);
  }
  EXPECT_EQ(improve(none, {}, 0, 100).height, 0u);
}

TEST(Packers, TheImprovingSearchFindsTheOptimumOfSmallProblems) {
  std::mt19937 random(3);
  int worse_before = 0;
  for (int round = 0; round < 150; ++round) {
    const std::vector<Block> blocks = random_blocks(random, 7, 6);
    const Packing first = packers().front().pack(blocks);
    const std::size_t optimum = optimal_height(blocks);
    const Packing best = improve(blocks, first, peak_of(blocks), 600'000);
    expect_no_overlap(blocks, best);
    EXPECT_EQ(best.height, optimum) << "round " << round;
    worse_before += first.height > optimum ? 1 : 0;
  }
  EXPECT_GT(worse_before, 10) << "the problems are too easy to show anything";
}

}  // namespace
}  // namespace weir::plan
