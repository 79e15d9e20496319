#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "doctor/suspects.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

// Below these, what an idle Keras program shows as well.
constexpr double kMuchGarbage = 8 << 20;
constexpr double kMuchHeld = 16 << 20;
constexpr double kLargeBatch = 200e6;
constexpr double kRunsAhead = 64;
constexpr double kEnough = 1.0 / 3;

double steps_of(const Case& watched) {
  const auto samples = watched.timeline.samples();
  if (samples.size() < 2) return 0;
  return watched.timeline.last_step() - watched.timeline.step(samples.front().moment);
}

double value_or_zero(const std::optional<double>& value) { return value.value_or(0); }

/// Most bytes that any run of the collector freed since the first step.
double most_garbage(const Case& watched) {
  const auto samples = watched.timeline.samples();
  double most = 0;
  for (const Collection& run : watched.record.collections) {
    if (run.time >= samples.front().moment.time) {
      most = std::max(most, run.live_before - run.live_after);
    }
  }
  if (const auto& last = watched.record.last_collection) {
    most = std::max(most, last->live_before - last->live_after);
  }
  return most;
}

/// In how many arenas, if the tracer counted them.
std::string arenas_text(const Case& watched) {
  if (watched.trace == nullptr || watched.trace->samples.empty()) return {};
  const std::uint64_t arenas = watched.trace->samples.back().arenas;
  return arenas > 1 ? fmt::format(" in {} arenas", arenas) : std::string();
}

}  // namespace

std::pair<Place, double> costliest_line(const AgentRecord& record) {
  std::pair<Place, double> worst;
  for (const TracedSteps& traced : record.traced_steps) {
    for (const LineCost& line : traced.lines) {
      const double cost = line.bytes / std::max(traced.steps, 1.0);
      if (cost > worst.second) worst = {line.place, cost};
    }
  }
  return worst;
}

Finding of_growth(const Case& watched, Cause cause) {
  Finding finding;
  finding.cause = cause;
  finding.bytes_per_step = watched.to_explain;
  finding.low = std::min(watched.resident.low, watched.to_explain);
  finding.high = std::max(watched.resident.high, watched.to_explain);
  return finding;
}

std::vector<Finding> find_pipelines(const Case& watched) {
  const double grown = watched.to_explain * steps_of(watched);
  for (const Pipeline& pipeline : watched.record.pipelines) {
    const bool all = pipeline.what == "cache";
    const double most = pipeline.size * pipeline.element_bytes;
    const bool too_small = pipeline.element_bytes > 0 && most < kEnough * grown;
    if (!all && (pipeline.size < kRunsAhead || too_small)) continue;
    Finding finding = of_growth(watched, Cause::kUnboundedQueue);
    finding.place = pipeline.place;
    finding.name = "tf.data " + pipeline.what;
    finding.sentence =
        fmt::format("the pipeline's {} at {} {}", pipeline.what, place_text(pipeline.place),
                    all ? std::string("keeps every element in memory")
                        : fmt::format("runs up to {:.0f} elements of {} ahead", pipeline.size,
                                      bytes_text(pipeline.element_bytes)));
    return {finding};
  }
  return {};
}

/// A little growth that a collection gives back, which any Keras program shows for a while.
Finding usual_garbage(const Case& watched, double garbage) {
  Finding finding = of_growth(watched, Cause::kNone);
  finding.sentence = fmt::format(
      "what memory has grown by is what waits for Python's garbage collector, {} at the end",
      bytes_text(garbage));
  return finding;
}

std::vector<Finding> find_waiting_garbage(const Case& watched) {
  if (watched.timeline.samples().empty()) return {};
  const double garbage = most_garbage(watched);
  const double grown = watched.to_explain * steps_of(watched);
  if (garbage < kEnough * grown) return {};
  if (garbage < kMuchGarbage) {
    const bool is_all = watched.unexplained() && watched.to_explain == watched.growth;
    return is_all ? std::vector{usual_garbage(watched, garbage)} : std::vector<Finding>();
  }
  Finding finding = of_growth(watched, Cause::kGcLag);
  const double runs = watched.timeline.samples().back().full_collections -
                      watched.timeline.samples().front().full_collections;
  finding.name = "Python's garbage collector";
  finding.place = costliest_line(watched.record).first;
  finding.sentence = fmt::format(
      "cycles wait for the garbage collector, which ran {:.0f} times over everything in {:.0f} "
      "{}s; "
      "one run gave back {}{}",
      runs, watched.timeline.last_step(), to_string(watched.timeline.unit()), bytes_text(garbage),
      watched.timeline.samples().back().collects ? "" : "; the program has switched it off");
  return {finding};
}

std::vector<Finding> find_held_by_allocator(const Case& watched) {
  const auto samples = watched.timeline.samples();
  if (samples.empty()) return {};
  double held = 0;
  for (const MemorySample& sample : samples) held = std::max(held, value_or_zero(sample.free));
  double came_back = 0;
  for (const Trim& trim : watched.record.trims) {
    came_back = std::max(came_back, trim.before - trim.after);
  }
  const double enough = std::max(kMuchHeld, kEnough * watched.to_explain * steps_of(watched));
  const double held_more = held - value_or_zero(samples.front().free);
  if (held < kMuchHeld || (came_back < enough && held_more < enough)) return {};
  Finding finding = of_growth(watched, Cause::kAllocator);
  if (!live_is_flat(watched)) {
    // Something else grows as well: no more than what the books say.
    const double rate = late_rate(
        watched.timeline.series([](const MemorySample& s) { return value_or_zero(s.free); }));
    if (rate < kEnough * watched.to_explain) return {};
    finding.bytes_per_step = std::min(finding.bytes_per_step, rate);
    finding.low = std::min(finding.low, rate);
  }
  finding.name = "glibc malloc";
  finding.sentence = fmt::format(
      "the program has freed {} that the allocator holds{}; {}", bytes_text(held),
      arenas_text(watched),
      came_back < enough
          ? std::string("malloc_trim gives little of it back: it lies between blocks in use")
          : fmt::format("malloc_trim gave {} back to the system", bytes_text(came_back)));
  return {finding};
}

std::vector<Finding> find_large_batch(const Case& watched) {
  const auto& largest = watched.record.largest_batch;
  const auto samples = watched.timeline.samples();
  if (!largest || samples.empty()) return {};
  // Until the sample after it: what comes later is not that batch's.
  const auto after = std::ranges::find_if(
      samples, [&](const MemorySample& s) { return s.moment.time > largest->time; });
  if (after == samples.end()) return {};
  const double taken = after->peak - largest->resident_before;
  // A peak that was there before is not the batch's.
  if (taken < kLargeBatch || largest->rows < 2 || after->peak <= largest->peak_before) return {};
  Finding finding;
  finding.cause = Cause::kOversizedBatch;
  finding.place = largest->place;
  finding.name = fmt::format("a batch of {:.0f} rows", largest->rows);
  const double per_row = taken / largest->rows;
  finding.sentence = fmt::format(
      "a batch of {:.0f} rows takes {} at its peak, {} a row, of {} resident before; {:.0f} rows "
      "would fit 64 MiB. Fewer rows cost a call each, not arithmetic",
      largest->rows, bytes_text(taken), bytes_text(per_row), bytes_text(largest->resident_before),
      std::max(1.0, std::floor((64 << 20) / per_row)));
  return {finding};
}

}  // namespace weir::doctor
