#include "doctor/tracer/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace weir::tracer {
namespace {

TEST(Sampling, ChancesAreThoseOfTheExponential) {
  for (double x = 1e-12; x < 100; x *= 1.7) {
    EXPECT_NEAR(one_minus_exp(x) / -std::expm1(-x), 1, 1e-13) << x;
  }
  EXPECT_EQ(one_minus_exp(0), 0);
}

TEST(Sampling, LogarithmsAreRight) {
  for (double x = 1; x > 1e-300; x *= 0.83) {
    EXPECT_NEAR(natural_logarithm(x), std::log(x), 1e-12 * (1 - std::log(x))) << x;
  }
}

TEST(Sampling, ExactModeTakesAll) {
  EXPECT_EQ(sampling_chance(0, 0), 1);
  Random random;
  EXPECT_LT(random.next_gap(0), 0);
}

/// Allocations of one size, sampled as the tracer does it: the weights must add up to all bytes.
double estimate(std::uint64_t size, std::uint64_t mean, int count) {
  Random random;
  random.seed(size * 31 + mean);
  std::int64_t gap = random.next_gap(mean);
  double total = 0;
  for (int i = 0; i < count; ++i) {
    gap -= static_cast<std::int64_t>(size);
    if (gap >= 0) continue;
    total += static_cast<double>(size) / sampling_chance(size, mean);
    gap = random.next_gap(mean);
  }
  return total / (static_cast<double>(size) * count);
}

TEST(Sampling, WeightsMakeRightSumsForSizesSmallAndLarge) {
  // At least 3800 samples each, so a standard error below 1.7 %.
  EXPECT_NEAR(estimate(16, 4096, 1'000'000), 1, 0.07);
  EXPECT_NEAR(estimate(4096, 4096, 100'000), 1, 0.07);
  EXPECT_NEAR(estimate(100'000, 4096, 10'000), 1, 0.01);
  EXPECT_NEAR(estimate(10'000, 131'072, 100'000), 1, 0.07);
}

}  // namespace
}  // namespace weir::tracer
