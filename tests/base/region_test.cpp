#include "base/region.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "weir/error.h"

namespace weir {
namespace {

constexpr std::size_t kUnit = kAlignment;

TEST(Region, GivesPartsThatDoNotMeetEachOtherOrTheFront) {
  const auto region = Region::make(10 * kUnit);
  const auto front = region->front(4 * kUnit);
  const auto a = region->take(3 * kUnit);
  const auto b = region->take(kUnit + 1);
  std::ranges::fill(front, std::byte{1});
  std::ranges::fill(*a, std::byte{2});
  std::ranges::fill(*b, std::byte{3});
  const auto all = [](std::span<std::byte> part, std::byte value) {
    return std::ranges::all_of(part, [&](std::byte byte) { return byte == value; });
  };
  EXPECT_TRUE(all(front, std::byte{1}) && all(*a, std::byte{2}) && all(*b, std::byte{3}));
  EXPECT_THROW(region->take(2 * kUnit), Error);
  EXPECT_THROW(region->front(6 * kUnit), Error);
  EXPECT_EQ(region->take(kUnit)->size(), kUnit);
}

TEST(Region, UsesAGapAgainAndGivesItBackAsZeros) {
  const auto region = Region::make(6 * kUnit);
  auto first = region->take(2 * kUnit);
  const auto second = region->take(2 * kUnit);
  std::byte* const place = first->data();
  std::ranges::fill(*first, std::byte{9});
  first.reset();
  const auto again = region->take(2 * kUnit);
  EXPECT_EQ(again->data(), place);
  EXPECT_TRUE(std::ranges::all_of(*again, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(Region, LivesAsLongAsItsParts) {
  auto region = Region::make(4 * kUnit);
  const auto part = region->take(kUnit);
  region.reset();
  std::ranges::fill(*part, std::byte{7});
  EXPECT_EQ(part->front(), std::byte{7});
}

TEST(Region, GrowsItsFrontWhileThereIsRoom) {
  const auto region = Region::make(4 * kUnit);
  EXPECT_EQ(region->front(kUnit).data(), region->front(4 * kUnit).data());
  EXPECT_THROW(region->take(1), Error);
}

}  // namespace
}  // namespace weir
