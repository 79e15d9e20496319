#include "plan/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::plan {
namespace {

constexpr auto kLatency = ExecutionMode::kLatency;
constexpr auto kThroughput = ExecutionMode::kThroughput;
constexpr auto kWhole = ExecutionMode::kWhole;
constexpr Processor kProcessor{{std::uint64_t{512} << 10, std::uint64_t{32} << 20}};
constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

/// All passes of a request.
std::vector<Pass> passes(const Schedule& schedule, std::size_t rows) {
  std::vector<Pass> all;
  for (std::size_t left = rows; left > 0; left -= all.back().rows) {
    all.push_back(next_pass(schedule, left));
    if (all.back().rows == 0 || all.back().rows > left) throw std::logic_error("no progress");
  }
  return all;
}

TEST(NextPass, CoversEveryRowInMicroBatchesThatAreNoLarger) {
  for (const ExecutionMode mode : {kLatency, kThroughput, kWhole}) {
    for (const std::size_t threads : {1, 2, 3, 5}) {
      for (const std::size_t micro_batch : {1, 3, 8}) {
        for (std::size_t rows = 1; rows < 100; ++rows) {
          for (const Pass& pass : passes({mode, micro_batch, threads}, rows)) {
            EXPECT_LE(pass.schedule.micro_batch, micro_batch);
          }
        }
      }
    }
  }
}

TEST(NextPass, OfThroughputGivesEveryThreadTheSameNumberOfWholeMicroBatches) {
  for (std::size_t rows = 1; rows < 200; ++rows) {
    for (const Pass& pass : passes({kThroughput, 8, 3}, rows)) {
      if (pass.schedule.mode != kThroughput) continue;
      EXPECT_EQ(pass.rows % pass.schedule.rows_in_flight(), 0U) << rows;
    }
  }
}

TEST(NextPass, OfThroughputSharesStepsWhereRowsAreFewerThanThreads) {
  const Pass pass = next_pass({kThroughput, 8, 4}, 3);
  EXPECT_EQ(pass.schedule, (Schedule{kLatency, 1, 4}));
  EXPECT_EQ(pass.rows, 3U);
}

TEST(NextPass, OfLatencyFillsTheLastMicroBatchUpToAPowerOfTwo) {
  EXPECT_EQ(next_pass({kLatency, 16, 2}, 5).schedule.micro_batch, 8U);
  EXPECT_EQ(next_pass({kLatency, 16, 2}, 33).rows, 32U);
}

TEST(NextPass, OfSamplesThatMixIsNeverFilledUp) {
  EXPECT_EQ(next_pass({kWhole, 16, 2}, 5).schedule.micro_batch, 5U);
  EXPECT_EQ(next_pass({kWhole, 16, 2}, 40).rows, 16U);
}

Workload network(std::uint64_t multiply_adds, std::uint64_t weights, std::uint64_t arena) {
  Workload workload{{}, arena};
  constexpr std::size_t kSteps = 20;
  for (std::size_t i = 0; i < kSteps; ++i) {
    workload.steps.push_back({multiply_adds / kSteps, weights / kSteps, arena / 2});
  }
  return workload;
}

RatedSchedule best(const Workload& workload, const ScheduleLimits& limits) {
  return rate_schedules(workload, kProcessor, limits).front();
}

TEST(RateSchedules, AlwaysEndsInOneRowOnOneThread) {
  const auto rated = rate_schedules(network(1e9, kMebibyte, kMebibyte), kProcessor, {.threads = 2});
  const Schedule smallest{kLatency, 1, 1};
  EXPECT_TRUE(
      std::ranges::any_of(rated, [&](const RatedSchedule& r) { return r.schedule == smallest; }));
}

TEST(RateSchedules, RunsInBandsOnlyWhenNothingElseFits) {
  const auto rated = rate_schedules(network(1e9, kMebibyte, kMebibyte), kProcessor, {.threads = 2});
  const auto banded =
      std::ranges::find_if(rated, [](const RatedSchedule& r) { return r.schedule.in_bands; });
  ASSERT_NE(banded, rated.end());
  EXPECT_TRUE(
      std::all_of(banded, rated.end(), [](const RatedSchedule& r) { return r.schedule.in_bands; }));
}

TEST(RateSchedules, PassesManyRowsWhereWeightsCostMoreThanArithmetic) {
  // VGG16's dense layers: 400 MiB of weights, each read for one multiplication a row.
  const Workload dense = network(100e6, 400 * kMebibyte, kMebibyte / 8);
  EXPECT_GE(best(dense, {.threads = 2, .arena_bytes = 50 * kMebibyte}).schedule.rows_in_flight(),
            16U);
}

TEST(RateSchedules, CountsScratchOnceForEachThread) {
  Workload recurrent = network(100e6, 2 * kMebibyte, kMebibyte / 2);
  recurrent.scratch_bytes = kMebibyte / 4;
  for (const RatedSchedule& rated : rate_schedules(recurrent, kProcessor, {.threads = 2})) {
    const Schedule& schedule = rated.schedule;
    if (schedule.in_bands) continue;
    EXPECT_EQ(rated.arena_bytes, kMebibyte / 4 * (schedule.rows_in_flight() + schedule.slices()));
  }
}

TEST(RateSchedules, PassesFewRowsWhereArithmeticIsAllThatCounts) {
  const Workload heavy = network(4e9, kMebibyte, 8 * kMebibyte);
  EXPECT_LE(best(heavy, {.threads = 2, .arena_bytes = 500 * kMebibyte}).schedule.rows_in_flight(),
            2U);
}

TEST(RateSchedules, GivesEachThreadRowsOfItsOwnWhereStepsAreShort) {
  Workload deep = network(20e6, kMebibyte, kMebibyte / 16);
  deep.steps.resize(300, deep.steps.front());
  EXPECT_EQ(best(deep, {.threads = 2, .arena_bytes = 4 * kMebibyte}).schedule.mode, kThroughput);
}

TEST(RateSchedules, GivesEachThreadARowOfItsOwnInMoreMemoryThanMoreRowsMayTake) {
  const Workload wide = network(2e9, kMebibyte, 8 * kMebibyte);
  ScheduleLimits limits{.threads = 2, .arena_bytes = 8 * kMebibyte};
  EXPECT_EQ(best(wide, limits).schedule, (Schedule{kLatency, 1, 2}));
  limits.row_each_bytes = 24 * kMebibyte;
  EXPECT_EQ(best(wide, limits).schedule, (Schedule{kThroughput, 1, 2}));
}

TEST(RateSchedules, CountsThatThreadsWaitForEachOtherInEachTimeStep) {
  const auto threads = [](std::uint64_t time_steps) {
    Workload recurrent = network(100e6, 0, kMebibyte / 16);
    for (StepWork& step : recurrent.steps) step.weight_reads = time_steps;
    return best(recurrent, {.threads = 2, .micro_batch = 1, .mode = kLatency}).schedule.threads;
  };
  EXPECT_EQ(threads(1), 2U);
  EXPECT_EQ(threads(1000), 1U);
}

TEST(RateSchedules, HandsRowsToThreadsOnlyWhereThatSavesTime) {
  const auto least_rows = [](std::uint64_t multiply_adds) {
    const Workload work = network(multiply_adds, kMebibyte / 64, kMebibyte / 1024);
    ScheduleLimits limits{.threads = 2, .arena_bytes = kMebibyte, .mode = kThroughput};
    return best(work, limits).schedule.least_rows;
  };
  EXPECT_EQ(least_rows(20e6), 0U);
  EXPECT_GT(least_rows(1000), 16U);
}

TEST(NextPass, FewRowsStayTogetherWithinTheMicroBatch) {
  const Schedule schedule{kThroughput, 16, 2, false, 24};
  EXPECT_EQ(next_pass(schedule, 24).schedule.mode, kThroughput);
  const Pass few = next_pass(schedule, 23);
  EXPECT_EQ(few.schedule.mode, kLatency);
  EXPECT_EQ(few.schedule.micro_batch, 16U);
  EXPECT_EQ(few.rows, 23U);
}

TEST(RateSchedules, TakesMoreRowsAtATimeWhereWeightsAreReadInEachTimeStep) {
  Workload recurrent = network(100e6, kMebibyte, kMebibyte / 4);
  const ScheduleLimits limits{.threads = 2, .arena_bytes = 64 * kMebibyte};
  const std::size_t once = best(recurrent, limits).schedule.rows_in_flight();
  for (StepWork& step : recurrent.steps) step.weight_reads = 1000;
  EXPECT_GT(best(recurrent, limits).schedule.rows_in_flight(), 2 * once);
}

TEST(RateSchedules, KeepsMoreThanOneRowWithinTheArenaItMayTake) {
  const Workload workload = network(100e6, 40 * kMebibyte, kMebibyte);
  for (const RatedSchedule& rated :
       rate_schedules(workload, kProcessor, {.threads = 4, .arena_bytes = 6 * kMebibyte})) {
    if (rated.schedule.rows_in_flight() == 1) continue;
    EXPECT_LE(rated.arena_bytes, 6 * kMebibyte);
  }
}

TEST(RateSchedules, TakesWhatWasChosen) {
  ScheduleLimits limits{.threads = 4, .micro_batch = 5, .mode = kThroughput};
  EXPECT_EQ(best(network(1e9, kMebibyte, kMebibyte), limits).schedule,
            (Schedule{kThroughput, 5, 4}));
}

TEST(RateSchedules, NeverTakesMoreMemoryForAlmostTheSameSpeed) {
  const auto rated = rate_schedules(network(1e9, kMebibyte, kMebibyte), kProcessor,
                                    {.threads = 2, .arena_bytes = 64 * kMebibyte});
  for (const RatedSchedule& other : rated) {
    const bool as_fast = other.seconds_per_row <= rated.front().seconds_per_row;
    if (as_fast && !other.schedule.in_bands) {
      EXPECT_GE(other.arena_bytes, rated.front().arena_bytes);
    }
  }
}

}  // namespace
}  // namespace weir::plan
