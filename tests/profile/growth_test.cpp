#include "weir/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "support/memory_series.h"

namespace weir {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

template <typename Bytes>
std::vector<GrowthSample> series(std::size_t count, double distance, const Bytes& bytes) {
  std::vector<GrowthSample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const double step = static_cast<double>(i) * distance;
    samples.push_back({step, bytes(step)});
  }
  return samples;
}

/// Every kind of series whose truth is known, judged for a number of seeds.
class GrowthOfKind : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GrowthOfKind, IsRightInNearlyAllOfThem) {
  const test::SeriesKind& kind = test::series_kinds()[GetParam()];
  constexpr std::uint64_t kSeries = 150;
  std::uint64_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= kSeries; ++seed) {
    if (judge_growth(kind.make(10'000, 2, seed)).grows() != kind.grows) ++wrong;
  }
  // What is level may not be accused; growth may hide in a noise as large as itself.
  EXPECT_LE(wrong, kind.grows ? 2U : 0U) << kind.name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, GrowthOfKind, ::testing::Range<std::size_t>(0, 13));

TEST(Growth, CoversAllKinds) { EXPECT_EQ(test::series_kinds().size(), 13U); }

TEST(Growth, FindsTheRateOfALineAndWhenItReachesALimit) {
  const auto samples = series(200, 100, [](double step) { return 1e6 + 40 * step; });
  const Growth growth = judge_growth(samples, {.limit_bytes = samples.back().bytes + 4000});
  EXPECT_EQ(growth.kind, GrowthKind::kGrowth);
  EXPECT_NEAR(growth.bytes_per_step, 40, 1e-6);
  EXPECT_NEAR(growth.low, 40, 1e-6);
  ASSERT_TRUE(growth.steps_to_limit.has_value());
  EXPECT_NEAR(*growth.steps_to_limit, 100, 1);
}

TEST(Growth, IsNotMovedByAFewWildSamples) {
  auto samples = series(1000, 100, [](double step) { return 1e6 + 40 * step; });
  for (std::size_t i = 0; i < samples.size(); i += 10) samples[i].bytes = 1e9;
  const Growth growth = judge_growth(samples);
  EXPECT_EQ(growth.kind, GrowthKind::kGrowth);
  EXPECT_NEAR(growth.bytes_per_step, 40, 1);
}

TEST(Growth, IsNotLostInAFewDips) {
  auto samples = series(120, 1, [](double step) { return 1e6 * step; });
  // Their floors are too few, and too uneven, to tell by themselves.
  for (const auto& [step, dip] : std::map<std::size_t, double>{
           {70, 2.5e6}, {72, 4.6e6}, {80, 2.5e6}, {90, 4e6}, {110, 2.5e6}}) {
    samples[step].bytes -= dip;
  }
  const Growth growth = judge_growth(samples, {.noise_bytes = 1e6});
  EXPECT_EQ(growth.kind, GrowthKind::kGrowth);
  EXPECT_NEAR(growth.bytes_per_step, 1e6, 1e4);
}

TEST(Growth, IsNotLostInABump) {
  // As seen of a process that took more at once, and gave a part of that back.
  const auto samples = series(200, 1, [](double step) {
    const bool in_bump = step >= 169 && step < 178;
    return in_bump ? 265e3 * 169 + 3e6 : 265e3 * step;
  });
  const Growth growth = judge_growth(samples, {.noise_bytes = 1 << 20});
  EXPECT_EQ(growth.kind, GrowthKind::kGrowth);
  EXPECT_NEAR(growth.bytes_per_step, 265e3, 20e3);
}

TEST(Growth, IsNotLostInAFallAtTheEnd) {
  const auto fallen = [](double by) {
    return series(120, 1, [=](double step) { return 1e6 * step - (step > 115 ? by : 0); });
  };
  const Growth growth = judge_growth(fallen(30e6), {.noise_bytes = 1e6});
  EXPECT_EQ(growth.kind, GrowthKind::kGrowth);
  EXPECT_NEAR(growth.bytes_per_step, 0.5e6, 0.05e6) << "what is left at the end counts";
  EXPECT_FALSE(judge_growth(fallen(58e6), {.noise_bytes = 1e6}).grows()) << "nothing is left";
}

TEST(Growth, IsNoJumpOfWhichAPartIsGivenBack) {
  for (double jump = 155; jump < 275; ++jump) {
    const auto samples = series(300, 1, [=](double step) {
      return 250e6 + 20 * step + (step > jump ? 6e6 : 0) - (step > 280 ? 3e6 : 0);
    });
    EXPECT_FALSE(judge_growth(samples, {.noise_bytes = 1 << 20}).grows()) << jump;
  }
}

TEST(Growth, JudgesTheSecondHalfOnly) {
  const auto samples =
      series(1000, 10, [](double step) { return 1e8 * (1 - std::exp(-step / 300)); });
  const Growth growth = judge_growth(samples);
  EXPECT_EQ(growth.kind, GrowthKind::kLevel);
  EXPECT_GT(growth.first_step, 4900);
  EXPECT_GT(growth.last_step, 9900);
}

TEST(Growth, NamesTheStepAndSizeOfAJump) {
  const auto samples = series(1200, 1, [](double step) { return step < 700 ? 1e7 : 1.5e7; });
  const Growth growth = judge_growth(samples);
  EXPECT_EQ(growth.kind, GrowthKind::kLevel);
  ASSERT_EQ(growth.changes.size(), 1U);
  EXPECT_NEAR(growth.changes[0].step, 700, 10);
  EXPECT_EQ(growth.changes[0].bytes, 5e6);
}

TEST(Growth, CountsAStaircaseAsGrowthOverItsWholeLength) {
  const auto samples =
      series(1200, 10, [](double step) { return 1e7 + 1e6 * std::floor(step / 1000); });
  const Growth growth = judge_growth(samples);
  EXPECT_TRUE(growth.grows());
  EXPECT_NEAR(growth.bytes_per_step, 1000, 150);
}

TEST(Growth, MakesNothingOfTooFewSamples) {
  EXPECT_EQ(judge_growth(series(5, 1, [](double step) { return step; })).kind,
            GrowthKind::kUnknown);
  EXPECT_EQ(judge_growth({}).kind, GrowthKind::kUnknown);
  const std::vector<GrowthSample> same_step(100, GrowthSample{3, 4e6});
  EXPECT_EQ(judge_growth(same_step).kind, GrowthKind::kUnknown);
}

TEST(Growth, SaysWhatItFoundInASentence) {
  const auto text = [](double rate) {
    return to_text(judge_growth(series(200, 100, [=](double step) { return 1e6 + rate * step; })));
  };
  EXPECT_EQ(text(0), "level: less than 0.416 B a step with 99 % confidence");
  EXPECT_THAT(text(2048), StartsWith("grows: 2.00 KiB a step, with 99 % confidence between"));
  EXPECT_THAT(to_text(Growth{}), HasSubstr("too few"));
}

}  // namespace
}  // namespace weir
