#include "kernels/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace weir::kernels {
namespace {

std::vector<float> random_values(std::size_t count) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return normal(random); });
  return values;
}

/// Windows of `size` positions, `stride` apart, over `in` positions with padding in front.
std::vector<PoolWindow> windows(std::size_t in, std::size_t size, std::size_t stride,
                                std::size_t pad, bool padding_counts) {
  std::vector<PoolWindow> result;
  for (std::size_t begin = 0; begin + size <= in + 2 * pad; begin += stride) {
    const std::size_t first = begin > pad ? begin - pad : 0;
    const std::size_t past = std::min(in, begin + size > pad ? begin + size - pad : 0);
    result.push_back({first, past, padding_counts ? size : past - first});
  }
  return result;
}

PoolShape image(PoolKind kind, std::size_t channels, bool padding_counts) {
  PoolShape shape;
  shape.kind = kind;
  shape.batch = 2;
  shape.in = {2, 7, 9};
  shape.channels = channels;
  shape.windows = {windows(2, 2, 1, 0, padding_counts), windows(7, 3, 2, 1, padding_counts),
                   windows(9, 3, 2, 1, padding_counts)};
  return shape;
}

std::vector<float> run(const PoolShape& shape, const std::vector<float>& in, std::size_t threads) {
  std::vector<float> out(shape.batch * shape.out_pixels() * shape.channels);
  pool(shape, in.data(), out.data(), ThreadPool(threads));
  return out;
}

std::size_t in_elements(const PoolShape& shape) {
  return shape.batch * volume(shape.in) * shape.channels;
}

void expect_like_reference(const PoolShape& shape) {
  const std::vector<float> in = random_values(in_elements(shape));
  const std::vector<float> out = run(shape, in, 1);
  std::vector<float> expected(out.size());
  reference::pool(shape, in.data(), expected.data());
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1e-6F) << i;
}

class PoolOfChannels : public testing::TestWithParam<std::size_t> {};

TEST_P(PoolOfChannels, MaxEqualsTheReference) {
  expect_like_reference(image(PoolKind::kMax, GetParam(), false));
}

TEST_P(PoolOfChannels, MaxTakesWhatIsNoNumberAsItsKindSays) {
  for (const PoolKind kind : {PoolKind::kMax, PoolKind::kMaxOrNaN}) {
    const PoolShape shape = image(kind, GetParam(), false);
    std::vector<float> in = random_values(in_elements(shape));
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < in.size(); i += 7) in[i] = std::nanf("");
    // The first image: nothing but one kind of them in each channel.
    for (std::size_t i = 0; i < in.size() / 2; ++i) {
      in[i] = i % shape.channels % 2 == 0 ? -kInfinity : std::nanf("");
    }
    const std::vector<float> out = run(shape, in, 1);
    std::vector<float> expected(out.size());
    reference::pool(shape, in.data(), expected.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_TRUE(out[i] == expected[i] || (std::isnan(out[i]) && std::isnan(expected[i]))) << i;
    }
    EXPECT_EQ(out[0], kind == PoolKind::kMax ? std::numeric_limits<float>::lowest() : -kInfinity);
  }
}

TEST_P(PoolOfChannels, MaxCountsZerosWhenPaddingCounts) {
  expect_like_reference(image(PoolKind::kMax, GetParam(), true));
}

TEST_P(PoolOfChannels, AverageEqualsTheReference) {
  expect_like_reference(image(PoolKind::kAverage, GetParam(), false));
}

TEST_P(PoolOfChannels, AverageCountsZerosWhenPaddingCounts) {
  expect_like_reference(image(PoolKind::kAverage, GetParam(), true));
}

INSTANTIATE_TEST_SUITE_P(AwkwardSizes, PoolOfChannels,
                         testing::Values(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 130));

TEST(Pool, ResultsDoNotDependOnTheBatchNorOnTheThreads) {
  PoolShape shape = image(PoolKind::kAverage, 300, false);
  shape.batch = 5;
  const std::vector<float> in = random_values(in_elements(shape));
  const std::vector<float> together = run(shape, in, 3);
  shape.batch = 1;
  const std::size_t image_size = in_elements(shape);
  std::vector<float> apart;
  for (std::size_t n = 0; n < 5; ++n) {
    const auto begin = in.begin() + static_cast<std::ptrdiff_t>(n * image_size);
    const auto out = run(shape, {begin, begin + static_cast<std::ptrdiff_t>(image_size)}, 1);
    apart.insert(apart.end(), out.begin(), out.end());
  }
  EXPECT_EQ(together, apart);
}

TEST(Pool, AMaximumBelowZeroIsNotRaisedByPaddingThatDoesNotCount) {
  PoolShape shape = image(PoolKind::kMax, 3, false);
  const std::vector<float> in(in_elements(shape), -2.0F);
  for (const float value : run(shape, in, 1)) EXPECT_EQ(value, -2.0F);
}

TEST(Pool, LongAveragesKeepTheirPrecision) {
  constexpr std::size_t kSteps = 100000;
  PoolShape shape;
  shape.kind = PoolKind::kAverage;
  shape.in = {1, 1, kSteps};
  shape.windows = {{{{}}, {{}}, {{0, kSteps, kSteps}}}};
  const std::vector<float> in(kSteps, 0.1F);  // adding one by one is off by 1e-5
  EXPECT_NEAR(run(shape, in, 1)[0], 0.1F, 1e-6F);
}

TEST(Pool, AnEmptyBatchIsFine) {
  PoolShape shape = image(PoolKind::kMax, 3, false);
  shape.batch = 0;
  EXPECT_TRUE(run(shape, {}, 2).empty());
}

}  // namespace
}  // namespace weir::kernels
