#pragma once

#include <span>
#include <vector>

#include "doctor/agent_record.h"
#include "doctor/diagnosis.h"

namespace weir::doctor {

/// The record laid out along the program's steps: which of the counts are its steps, where a moment
/// lies among them, and series over them.
class Timeline {
 public:
  /// Marks before calls of models, before batches of one long call, before tf.functions; whichever
  /// there are at least 8 of. Otherwise seconds.
  explicit Timeline(const AgentRecord& record);

  Unit unit() const { return unit_; }
  double step(const Moment& moment) const;
  double last_step() const { return last_step_; }
  double seconds() const;

  /// Samples after the first step, one a step.
  std::span<const MemorySample> samples() const { return samples_; }

  /// The series of one value of the samples.
  template <typename Value>
  std::vector<GrowthSample> series(Value value) const {
    std::vector<GrowthSample> all;
    all.reserve(samples_.size());
    for (const MemorySample& sample : samples_) {
      all.push_back({step(sample.moment), value(sample)});
    }
    return all;
  }

 private:
  Unit unit_ = Unit::kSecond;
  double started_ = 0;
  double last_step_ = 0;
  std::vector<MemorySample> samples_;
};

/// By how much a series that only counts up rose per step in its second half: beyond a warm-up.
double late_rate(std::span<const GrowthSample> series);

/// The sample of a series at a step, or the last one before it. The series is not empty.
const GrowthSample& sample_at(std::span<const GrowthSample> series, double step);

}  // namespace weir::doctor
