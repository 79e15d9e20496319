#include "plan/schedule.h"

#include <algorithm>
#include <bit>

namespace weir::plan {
namespace {

// One core, in rounded numbers; only their ratios, and that to its multiply-adds, matter.
constexpr double kLevel2BytesPerSecond = 60e9;
constexpr double kLevel3BytesPerSecond = 25e9;
constexpr double kMemoryBytesPerSecond = 12e9;
constexpr double kStreamBytesPerSecond = 2e9;
// The part of the time that weights take to arrive in which what is there can be multiplied.
constexpr double kHidden = 0.5;
constexpr double kStepSeconds = 0.2e-6;
// Handing a step to other threads and waiting for the last of them; and by how much that one is
// later than the mean, on a machine whose host has other guests as well.
constexpr double kForkSeconds = 4e-6;
// The same for rows, to threads that still look for work after the request before.
constexpr double kHandOverSeconds = 2e-6;
constexpr double kImbalance = 1.25;
// Smaller steps are not handed to other threads (kernels/split.h).
constexpr std::uint64_t kLeastParallelWork = std::uint64_t{1} << 19;
// Times closer than this are the same, as far as a model of this kind can tell.
constexpr double kSameSpeed = 1.05;
constexpr std::size_t kMostRows = 1024;

/// Bytes a second for a thread that walks through `bytes` again and again.
double speed_of(std::uint64_t bytes, const CacheSizes& caches) {
  if (bytes <= caches.level2 / 2) return kLevel2BytesPerSecond;
  return bytes <= caches.level3_share() ? kLevel3BytesPerSecond : kMemoryBytesPerSecond;
}

/// A recurrent step reads its weights, and its threads wait for each other, in each time step.
double time_steps(const StepWork& step) {
  return static_cast<double>(std::max<std::uint64_t>(step.weight_reads, 1));
}

class Rating {
 public:
  Rating(const Workload& workload, const Processor& processor)
      : work_(workload),
        caches_(processor.caches),
        multiply_adds_per_second_(processor.multiply_adds_per_second) {
    for (const StepWork& step : work_.steps) weights_ += step.weight_bytes;
  }

  RatedSchedule rate(Schedule schedule) const {
    const std::uint64_t arena = work_.arena_of(schedule);
    const double rows = static_cast<double>(schedule.rows_in_flight());
    const double seconds = pass_seconds(schedule, arena);
    if (schedule.mode == ExecutionMode::kThroughput) {
      schedule.least_rows = least_rows(schedule, seconds);
    }
    return {schedule, seconds / rows, arena};
  }

 private:
  /// From how many rows on the threads save more time than it takes to hand the rows to them.
  static std::size_t least_rows(const Schedule& schedule, double seconds) {
    const double row = seconds / static_cast<double>(schedule.micro_batch);
    const double saved = row * (1 - 1 / static_cast<double>(schedule.threads));
    return static_cast<std::size_t>(kHandOverSeconds / saved);
  }

  double pass_seconds(const Schedule& schedule, std::uint64_t arena) const {
    const bool shared = schedule.step_threads() > 1;
    const double activations = arena <= caches_.level3_share()
                                   ? speed_of(arena / schedule.threads, caches_)
                                   : kMemoryBytesPerSecond;
    double seconds = 0;
    for (const StepWork& step : work_.steps) {
      const double alone = step_seconds(step, schedule.micro_batch, activations);
      const bool parallel = shared && step.multiply_adds * schedule.micro_batch +
                                              step.activation_bytes * schedule.micro_batch >=
                                          kLeastParallelWork;
      seconds += kStepSeconds;
      seconds +=
          parallel ? kForkSeconds * time_steps(step) + kImbalance * alone / double(schedule.threads)
                   : alone;
    }
    return seconds;
  }

  double step_seconds(const StepWork& step, std::size_t rows, double activation_speed) const {
    const auto count = static_cast<double>(rows);
    const double arithmetic = double(step.multiply_adds) * count / multiply_adds_per_second_;
    const double weight_speed =
        work_.streams_weights ? kStreamBytesPerSecond : speed_of(weights_, caches_);
    // Between two time steps the layer's own weights stay in the cache that they fit in.
    const double again = (time_steps(step) - 1) / speed_of(step.weight_bytes, caches_);
    const double weights = double(step.weight_bytes) * (1 / weight_speed + again);
    const double activations = double(step.activation_bytes) * count / activation_speed;
    return std::max({arithmetic, kHidden * weights, activations}) + (1 - kHidden) * weights;
  }

  const Workload& work_;
  const CacheSizes& caches_;
  double multiply_adds_per_second_;
  std::uint64_t weights_ = 0;
};

std::vector<Schedule> candidates(const ScheduleLimits& limits) {
  std::vector<Schedule> all;
  for (std::size_t threads = limits.threads; threads > 0; threads /= 2) {
    for (const ExecutionMode mode : {ExecutionMode::kLatency, ExecutionMode::kThroughput}) {
      // With one thread there is no difference; latency it is called.
      if (mode == ExecutionMode::kThroughput && threads == 1) continue;
      for (std::size_t rows = 1; rows <= kMostRows; rows *= 2) {
        all.push_back({mode, rows, threads});
      }
    }
  }
  return all;
}

/// The choices that are left when `limits` has made some.
std::vector<Schedule> wanted_candidates(const ScheduleLimits& limits) {
  std::vector<Schedule> all = candidates(limits);
  if (limits.mode && limits.threads > 1) {
    std::erase_if(all, [&](const Schedule& s) { return s.threads > 1 && s.mode != *limits.mode; });
  }
  if (limits.micro_batch == 0) return all;
  std::erase_if(all, [](const Schedule& s) { return s.micro_batch != 1; });
  for (Schedule& schedule : all) schedule.micro_batch = limits.micro_batch;
  return all;
}

}  // namespace

Pass next_pass(const Schedule& schedule, std::size_t left) {
  Schedule next = schedule;
  if (schedule.mode == ExecutionMode::kWhole) {
    next.micro_batch = std::min(left, schedule.micro_batch);
    return {next, next.micro_batch};
  }
  if (schedule.mode == ExecutionMode::kThroughput) {
    if (left < schedule.threads) return {{ExecutionMode::kLatency, 1, schedule.threads}, left};
    if (left < schedule.least_rows) {
      next.mode = ExecutionMode::kLatency;
      next.micro_batch = std::min(schedule.micro_batch, std::bit_ceil(left));
      return {next, left};
    }
    next.micro_batch = std::min(schedule.micro_batch, std::bit_floor(left / schedule.threads));
    return {next, left - left % next.rows_in_flight()};
  }
  if (left >= schedule.micro_batch) return {next, left - left % schedule.micro_batch};
  next.micro_batch = std::min(schedule.micro_batch, std::bit_ceil(left));
  return {next, left};
}

std::vector<RatedSchedule> rate_schedules(const Workload& workload, const Processor& processor,
                                          const ScheduleLimits& limits) {
  const Rating rating(workload, processor);
  std::vector<RatedSchedule> rated;
  for (const Schedule& schedule : wanted_candidates(limits)) {
    rated.push_back(rating.rate(schedule));
    const std::uint64_t most = schedule.micro_batch > 1
                                   ? limits.arena_bytes
                                   : std::max(limits.arena_bytes, limits.row_each_bytes);
    const bool too_much =
        limits.micro_batch == 0 && schedule.rows_in_flight() > 1 && rated.back().arena_bytes > most;
    if (too_much) rated.pop_back();
  }
  const auto by = [](auto member) {
    return
        [member](const RatedSchedule& a, const RatedSchedule& b) { return a.*member < b.*member; };
  };
  std::stable_sort(rated.begin(), rated.end(), by(&RatedSchedule::seconds_per_row));
  const double fast_enough = rated.front().seconds_per_row * kSameSpeed;
  const auto slower = std::find_if(rated.begin(), rated.end(), [&](const RatedSchedule& s) {
    return s.seconds_per_row > fast_enough;
  });
  const auto best = std::min_element(rated.begin(), slower, by(&RatedSchedule::arena_bytes));
  std::rotate(rated.begin(), best, best + 1);
  if (limits.micro_batch <= 1) {
    for (std::size_t threads = limits.threads; threads > 0; threads /= 2) {
      rated.push_back({{ExecutionMode::kLatency, 1, threads, true}, 0, workload.arena_bytes / 2});
    }
  }
  return rated;
}

}  // namespace weir::plan
