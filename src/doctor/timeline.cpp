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

/// The sample from which on the program went on for longer, and grew, when it had made the last
/// step of the kind: those were its warm-up. 0 if it did not.
std::size_t outgrown(std::span<const MemorySample> samples, double Moment::*count) {
  const auto of = [&](const MemorySample& sample) { return sample.moment.*count; };
  const auto first = std::ranges::find_if(samples, [&](const auto& s) { return of(s) >= 1; });
  const MemorySample& last = samples.back();
  const auto done = std::ranges::find(samples, of(last), of);
  const double during = done->moment.time - first->moment.time;
  const bool goes_on =
      last.moment.time - done->moment.time > during && last.resident - done->resident > kMuchLater;
  return goes_on ? static_cast<std::size_t>(done - samples.begin()) : 0;
}

/// The samples from when on the program had its modules: loading them takes memory, and time.
std::span<const MemorySample> after_loading(std::span<const MemorySample> samples) {
  constexpr double kNearlyAll = 0.9;
  const auto loaded = std::ranges::find_if(samples, [&](const MemorySample& sample) {
    return sample.modules >= kNearlyAll * samples.back().modules;
  });
  return samples.subspan(static_cast<std::size_t>(loaded - samples.begin()));
}

bool is_step(const Moment& last, const Kind& kind) { return last.*kind.count >= kEnoughSteps; }

/// The samples that tell of the program's steps, and what these are: where it outgrew its first
/// steps, the seconds after them.
std::pair<Unit, std::span<const MemorySample>> steps_of(std::span<const MemorySample> samples) {
  const Moment& last = samples.back().moment;
  for (const Kind& kind : kKinds) {
    if (!is_step(last, kind)) continue;
    const std::size_t after = outgrown(samples, kind.count);
    return after == 0 ? std::pair(kind.unit, samples)
                      : std::pair(Unit::kSecond, samples.subspan(after));
  }
  return {Unit::kSecond, after_loading(samples)};
}

}  // namespace

Timeline::Timeline(const AgentRecord& record) : started_(record.started) {
  if (record.samples.empty()) return;
  const auto [unit, samples] = steps_of(record.samples);
  unit_ = unit;
  for (const MemorySample& sample : samples) {
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
