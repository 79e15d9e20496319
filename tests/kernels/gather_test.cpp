#include "kernels/gather.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "kernels/moves_testing.h"

namespace weir::kernels {
namespace {

using Axis = GatherShape::Axis;

Axis whole(std::size_t size) {
  Axis axis{size, std::vector<std::int64_t>(size)};
  std::iota(axis.index.begin(), axis.index.end(), 0);
  return axis;
}

Axis flipped(std::size_t size) {
  Axis axis = whole(size);
  std::reverse(axis.index.begin(), axis.index.end());
  return axis;
}

Axis padded(std::size_t size, std::size_t before, std::size_t after) {
  Axis axis = whole(size);
  axis.index.insert(axis.index.begin(), before, GatherShape::kFill);
  axis.index.insert(axis.index.end(), after, GatherShape::kFill);
  return axis;
}

std::size_t bytes_of(const GatherShape& shape, bool out) {
  std::size_t bytes = shape.element_bytes;
  for (const Axis& axis : shape.axes) bytes *= out ? axis.index.size() : axis.in_size;
  return bytes;
}

void expect_like_reference(std::vector<Axis> axes) {
  static const ThreadPool one_thread(1);
  static const ThreadPool three_threads(3);
  for (const std::size_t element_bytes : {std::size_t{1}, std::size_t{4}}) {
    for (const ThreadPool* threads : {&one_thread, &three_threads}) {
      GatherShape shape{axes, element_bytes, {}};
      shape.fill_element = {std::byte{7}, std::byte{1}, std::byte{2}, std::byte{3}};
      const std::vector<std::byte> in = distinct_bytes(bytes_of(shape, false));
      std::vector<std::byte> out(bytes_of(shape, true));
      std::vector<std::byte> expected(out.size());
      Gather(shape).run(in.data(), out.data(), *threads);
      reference::gather(shape, in.data(), expected.data());
      EXPECT_EQ(out, expected) << element_bytes << " bytes, " << threads->size() << " threads";
    }
  }
}

TEST(Gather, LeavesWhatNobodyMoves) { expect_like_reference({whole(3), whole(5), whole(7)}); }

TEST(Gather, MovesAnyAxis) {
  expect_like_reference({flipped(3), whole(5), whole(7)});
  expect_like_reference({whole(3), flipped(5), whole(7)});
  expect_like_reference({whole(3), whole(5), flipped(7)});
  expect_like_reference({flipped(3), flipped(5), flipped(7)});
}

TEST(Gather, FillsAroundAnyAxis) {
  expect_like_reference({padded(3, 1, 2), whole(5), whole(7)});
  expect_like_reference({whole(3), padded(5, 2, 0), padded(7, 0, 3)});
  expect_like_reference({padded(3, 1, 1), padded(5, 1, 1), padded(7, 1, 1)});
}

TEST(Gather, TakesNothing) {
  expect_like_reference({whole(3), Axis{5, {}}, whole(7)});
  expect_like_reference({Axis{0, {}}, flipped(4)});
}

TEST(Gather, SpreadsLargeTensorsOverThreads) {
  expect_like_reference({whole(40), flipped(50), whole(60)});
}

TEST(Gather, EqualsTheReferenceForAnyIndices) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) {
      Axis axis{1 + random() % 6, std::vector<std::int64_t>(1 + random() % 6)};
      for (auto& index : axis.index) index = static_cast<std::int64_t>(random() % axis.in_size);
      if (random() % 2 == 0) axis.index[0] = GatherShape::kFill;
      axes.push_back(random() % 3 == 0 ? whole(axis.in_size) : axis);
    }
    expect_like_reference(axes);
  }
}

}  // namespace
}  // namespace weir::kernels
