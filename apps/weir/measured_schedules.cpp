#include "measured_schedules.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/process_memory.h"
#include "sample_batch.h"
#include "stop.h"
#include "weir/error.h"

namespace weir::app {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<Tuning> tunings(std::size_t threads, std::size_t most_rows) {
  std::vector<Tuning> all;
  for (const ExecutionMode mode : {ExecutionMode::kLatency, ExecutionMode::kThroughput}) {
    if (mode == ExecutionMode::kThroughput && threads == 1) continue;
    const std::size_t workers = mode == ExecutionMode::kThroughput ? threads : 1;
    for (std::size_t rows = 1; rows * workers <= std::max(most_rows, workers); rows *= 2) {
      all.push_back({mode, rows, threads});
    }
  }
  return all;
}

SessionOptions forced(SessionOptions options, const Tuning& tuning) {
  options.mode = tuning.mode;
  options.micro_batch = tuning.micro_batch;
  return options;
}

/// Those that fit the limits, with their planned peaks.
std::vector<MeasuredSchedule> find_schedules(const Model& model, const SessionOptions& options,
                                             const Device& device, std::size_t most_rows) {
  std::vector<MeasuredSchedule> found;
  std::optional<Error> refusal;
  const std::size_t threads = options.threads == 0 ? device.threads() : options.threads;
  for (const Tuning& tuning : tunings(threads, most_rows)) {
    try {
      const MemoryPlan plan = model.plan(forced(options, tuning), device);
      if (plan.mode == ExecutionMode::kWhole) {
        throw Error(ErrorCode::kInvalidArgument, "there is nothing to tune: " + plan.mode_reason);
      }
      found.push_back({.tuning = tuning, .peak_bytes = plan.peak_bytes, .speeds = {}});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kLimit) throw;
      refusal = error;
    }
  }
  if (found.empty()) throw Error(*refusal);
  return found;
}

/// Runs batches of `rows` rows for about `seconds`.
void measure(const Model& model, const SessionOptions& options, const Device& device,
             std::size_t rows, double seconds, MeasuredSchedule& schedule) {
  Session session(model, forced(options, schedule.tuning), device);
  const SampleBatch batch(session, rows);
  session.run(batch.inputs(), batch.outputs());
  std::size_t done = 0;
  const Clock::time_point start = Clock::now();
  std::chrono::duration<double> passed{};
  while (passed.count() < seconds) {
    session.run(batch.inputs(), batch.outputs());
    done += rows;
    passed = Clock::now() - start;
    if (stop_requested().load()) throw Error(ErrorCode::kCancelled, "stopped");
  }
  schedule.speeds.push_back(static_cast<double>(done) / passed.count());
  schedule.resident_bytes = std::max<std::uint64_t>(schedule.resident_bytes, resident_bytes());
}

}  // namespace

double MeasuredSchedule::speed() const {
  std::vector<double> sorted = speeds;
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

std::vector<MeasuredSchedule> measure_schedules(const Model& model, const SessionOptions& options,
                                                const Device& device,
                                                const MeasuringOptions& measuring) {
  std::vector<MeasuredSchedule> schedules =
      find_schedules(model, options, device, measuring.most_rows);
  std::size_t rows = device.threads();  // As many as the widest has in flight.
  for (const MeasuredSchedule& one : schedules) rows = std::max(rows, one.tuning.micro_batch);
  for (std::size_t round = 0; round < measuring.rounds; ++round) {
    for (MeasuredSchedule& one : schedules) {
      measure(model, options, device, rows, measuring.seconds, one);
    }
  }
  return schedules;
}

}  // namespace weir::app
