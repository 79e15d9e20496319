#include "doctor/timeline.h"

#include <algorithm>

namespace weir::doctor {
namespace {

constexpr double kEnoughSteps = 8;

Unit unit_of(const Moment& last) {
  if (last.marks >= kEnoughSteps) return Unit::kMark;
  if (last.calls >= kEnoughSteps) return Unit::kCall;
  if (last.batches >= kEnoughSteps) return Unit::kBatch;
  if (last.functions >= kEnoughSteps) return Unit::kFunction;
  return Unit::kSecond;
}

}  // namespace

Timeline::Timeline(const AgentRecord& record) : started_(record.started) {
  if (record.samples.empty()) return;
  unit_ = unit_of(record.samples.back().moment);
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
