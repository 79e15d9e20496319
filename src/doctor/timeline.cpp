#include "doctor/timeline.h"

#include <algorithm>
#include <array>

namespace weir::doctor {
namespace {

constexpr double kEnoughSteps = 8;
// Growth after the last step that makes steps of another kind of it.
constexpr double kMuchLater = 8 << 20;

struct Kind {
  Unit unit;
  double Moment::*count;
};

constexpr std::array kKinds = {Kind{Unit::kMark, &Moment::marks}, Kind{Unit::kCall, &Moment::calls},
                               Kind{Unit::kBatch, &Moment::batches},
                               Kind{Unit::kFunction, &Moment::functions}};

/// Whether the program went on for longer, and grew, when it had made the last step of the kind:
/// those were its warm-up.
bool outgrows(std::span<const MemorySample> samples, double Moment::*count) {
  const auto of = [&](const MemorySample& sample) { return sample.moment.*count; };
  const auto first = std::ranges::find_if(samples, [&](const auto& s) { return of(s) >= 1; });
  const MemorySample& last = samples.back();
  const auto done = std::ranges::find(samples, of(last), of);
  const double during = done->moment.time - first->moment.time;
  return last.moment.time - done->moment.time > during &&
         last.resident - done->resident > kMuchLater;
}

Unit unit_of(std::span<const MemorySample> samples) {
  for (const auto& [unit, count] : kKinds) {
    if (samples.back().moment.*count >= kEnoughSteps && !outgrows(samples, count)) return unit;
  }
  return Unit::kSecond;
}

}  // namespace

Timeline::Timeline(const AgentRecord& record) : started_(record.started) {
  if (record.samples.empty()) return;
  unit_ = unit_of(record.samples);
  for (const MemorySample& sample : record.samples) {
    const double at = step(sample.moment);
    if (unit_ != Unit::kSecond && at < 1) continue;
    // Where batches are seen as well, several samples fall into one step: the last one counts.
    if (!samples_.empty() && at <= step(samples_.back().moment)) samples_.pop_back();
    samples_.push_back(sample);
  }
  if (!samples_.empty()) last_step_ = step(samples_.back().moment);
}

double Timeline::step(const Moment& moment) const {
  switch (unit_) {
    case Unit::kMark:
      return moment.marks;
    case Unit::kCall:
      return moment.calls;
    case Unit::kBatch:
      return moment.batches;
    case Unit::kFunction:
      return moment.functions;
    case Unit::kSecond:
      break;
  }
  return moment.time - started_;
}

double Timeline::seconds() const {
  return samples_.empty() ? 0 : samples_.back().moment.time - samples_.front().moment.time;
}

const GrowthSample& sample_at(std::span<const GrowthSample> series, double step) {
  const auto after = std::ranges::upper_bound(series, step, {}, &GrowthSample::step);
  return after == series.begin() ? series.front() : *std::prev(after);
}

double late_rate(std::span<const GrowthSample> series) {
  if (series.size() < 2) return 0;
  const GrowthSample& last = series.back();
  const GrowthSample& middle =
      sample_at(series, series.front().step + (last.step - series.front().step) / 2);
  const double steps = last.step - middle.step;
  return steps > 0 ? (last.bytes - middle.bytes) / steps : 0;
}

}  // namespace weir::doctor
