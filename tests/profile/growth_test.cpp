#include "profile/growth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace weir {
namespace {

constexpr double kPage = 4096;

template <typename Bytes>
std::vector<MemorySample> series(std::size_t count, const Bytes& bytes) {
  std::vector<MemorySample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back({static_cast<double>(i) * 100, bytes(static_cast<double>(i) * 100)});
  }
  return samples;
}

double pages(double bytes) { return std::floor(bytes / kPage) * kPage; }

TEST(Growth, FindsTheSlopeOfALine) {
  const Slope slope = robust_slope(series(50, [](double step) { return 1e6 + 40 * step; }));
  EXPECT_DOUBLE_EQ(slope.per_step, 40);
  EXPECT_DOUBLE_EQ(slope.low, 40);
  EXPECT_DOUBLE_EQ(slope.high, 40);
}

TEST(Growth, IsNotMovedByAFewWildSamples) {
  auto samples = series(100, [](double step) { return 1e6 + 40 * step; });
  for (std::size_t i = 0; i < samples.size(); i += 10) samples[i].bytes = 1e9;
  EXPECT_NEAR(robust_slope(samples).per_step, 40, 1);
}

TEST(Growth, HasAnIntervalAroundTheTruthUnderNoise) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(0, 20000);
  const auto samples = series(300, [&](double step) { return 1e6 + 40 * step + noise(random); });
  const Slope slope = robust_slope(samples);
  EXPECT_LT(slope.low, 40);
  EXPECT_GT(slope.high, 40);
  EXPECT_LT(slope.high - slope.low, 20);
}

TEST(Growth, SaysLevelForAConstant) {
  const auto samples = series(200, [](double) { return 2e7; });
  EXPECT_FALSE(grows(samples, robust_slope(samples)));
}

TEST(Growth, SaysLevelForASawtooth) {
  const auto samples =
      series(200, [](double step) { return 2e7 + pages(std::fmod(step * 37, 9e4)); });
  EXPECT_FALSE(grows(samples, robust_slope(samples)));
}

TEST(Growth, SaysLevelForOneJumpOfAPage) {
  const auto samples = series(200, [](double step) { return step < 9000 ? 2e7 : 2e7 + kPage; });
  EXPECT_FALSE(grows(samples, robust_slope(samples)));
}

TEST(Growth, SaysGrowsForSixteenBytesAStep) {
  const auto samples = series(200, [](double step) { return 2e7 + pages(16 * step); });
  EXPECT_TRUE(grows(samples, robust_slope(samples)));
}

TEST(Growth, MakesNothingOfTooFewSamples) {
  const auto samples = series(2, [](double step) { return step; });
  EXPECT_EQ(robust_slope(samples).per_step, 0);
}

}  // namespace
}  // namespace weir
