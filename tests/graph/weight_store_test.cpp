#include "graph/weight_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/process_memory.h"
#include "graph/packed_weights.h"
#include "support/child_process.h"
#include "weir/error.h"

namespace weir::graph {
namespace {

using ::testing::Each;

constexpr std::size_t kLarge = std::size_t{32} << 20;

PackFunction fill_with(int value) {
  return [value](const PackingRoom& room) {
    std::ranges::fill(room.bytes(), static_cast<std::byte>(value));
  };
}

PackFunction never() {
  return [](const PackingRoom&) { FAIL() << "packed for nothing"; };
}

TEST(WeightStore, OfAFileKeepsWhatWasPackedWhenItsPagesAreDropped) {
  const auto store = make_file_store();
  const SharedBytes first = store->make(10'000, fill_with(1));
  const SharedBytes second = store->make(100, fill_with(2));
  EXPECT_TRUE(first.mapped);
  drop_pages(first.bytes);
  EXPECT_THAT(first.bytes, Each(std::byte{1}));
  EXPECT_THAT(second.bytes, Each(std::byte{2}));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(second.bytes.data()) % page_size(), 0U);
  EXPECT_EQ(store->resident_bytes(), 0U);
}

TEST(WeightStore, OfAFileOutlivesNothingButItsWeights) {
  SharedBytes weight = make_file_store()->make(10, fill_with(3));
  EXPECT_THAT(weight.bytes, Each(std::byte{3}));
}

TEST(WeightStore, OfAFileLetsGoOfWhatSettles) {
  if (testing::kSanitized) GTEST_SKIP() << "a sanitizer keeps memory of its own";
  const auto grown = testing::run_in_child([] {
    const std::uint64_t before = peak_resident_bytes();
    const auto store = make_file_store();
    const SharedBytes weight = store->make(kLarge, [](const PackingRoom& room) {
      for (std::size_t at = 0; at < kLarge; at += kLarge / 16) {
        std::ranges::fill(room.bytes().subspan(at, kLarge / 16), std::byte{1});
        room.settle();
      }
    });
    return std::to_string(peak_resident_bytes() - before);
  });
  EXPECT_LT(std::stoull(grown.text), kLarge / 4);
}

TEST(WeightStore, ThatReservesPacksNothing) {
  const auto store = make_reserving_store();
  EXPECT_EQ(store->make(kLarge, never()).bytes.size(), kLarge);
  EXPECT_EQ(store->resident_bytes(), 0U);
}

TEST(PackedWeights, AreMadeOnceUnderAName) {
  PackedWeights weights;
  const PackedWeight first = weights.get("a", 8, fill_with(1));
  EXPECT_EQ(weights.get("a", 8, never()).bytes.data(), first.bytes.data());
  EXPECT_EQ(weights.bytes(), 8U);
  EXPECT_EQ(weights.resident_bytes(), 8U);
  EXPECT_THROW(weights.get("a", 16, never()), Error) << "another weight of that name";
}

TEST(PackedWeights, KnowTheMostThatPackingOneTakes) {
  PackedWeights whole(make_reserving_store());
  PackedWeights streamed(make_reserving_store(), Residence::kStreamed);
  for (PackedWeights* weights : {&whole, &streamed}) {
    EXPECT_EQ(weights->packing_bytes(), 0U);
    weights->get("a", 8, never(), {.source = 2, .room = 4});
    weights->get("b", 8, never(), {.source = 1, .room = 1});
  }
  EXPECT_EQ(whole.packing_bytes(), 2U) << "the room is the weight's own and stays";
  EXPECT_EQ(streamed.packing_bytes(), 6U);
}

TEST(PackedWeights, ThatWereThereBeforeAreTaken) {
  const std::vector<std::byte> packed(8, std::byte{7});
  PackedWeights weights;
  weights.prime({{"a", borrow_bytes(packed)}});
  EXPECT_EQ(weights.bytes(), 0U) << "nobody asked for it";
  EXPECT_EQ(weights.get("a", 8, never()).bytes.data(), packed.data());
  EXPECT_EQ(weights.bytes(), 8U);
  EXPECT_EQ(weights.resident_bytes(), 0U);
}

TEST(PackedWeights, ThatWereThereInAnotherSizeArePackedAnew) {
  const std::vector<std::byte> packed(8, std::byte{7});
  PackedWeights weights;
  weights.prime({{"a", borrow_bytes(packed)}});
  EXPECT_THAT(weights.get("a", 16, fill_with(5)).bytes, Each(std::byte{5}));
}

}  // namespace
}  // namespace weir::graph
