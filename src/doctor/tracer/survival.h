#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "doctor/tracer/step_buckets.h"

namespace weir::tracer {

/// Of the bytes made in some steps, how many are alive when later steps begin. What is freed soon
/// is work, what stops growing with the steps is warm-up or a cache, and what stays of every step
/// is a leak.
class Survival {
 public:
  const StepBuckets& buckets() const { return buckets_; }

  /// Whether a step is the first of a bucket that has not been observed.
  bool is_due(std::uint64_t step) const { return step / buckets_.width() > observed_; }
  /// Notes what is alive as `step` begins: `alive(buckets)` gives it by the steps it was made in.
  template <typename Alive>
  void observe(std::uint64_t step, const Alive& alive) {
    while (!buckets_.holds(step)) widen();
    const BytesByStep now = alive(buckets_);
    // Steps may be left out; what is alive now is the best that is known of them.
    for (const std::size_t last = buckets_.of(step); observed_ < last;) alive_[++observed_] = now;
  }
  /// The last bucket whose beginning was observed.
  std::size_t observed() const { return observed_; }
  /// Bytes made in bucket `made` that were alive when bucket `at` began.
  std::uint64_t alive(std::size_t made, std::size_t at) const { return alive_[at][made]; }

 private:
  /// Two buckets become one: what the second of them saw at its end is what the third sees when it
  /// begins.
  void widen() {
    buckets_.widen();
    for (std::size_t at = 0; at < StepBuckets::kMost; ++at) {
      const BytesByStep before = at * 2 < StepBuckets::kMost ? alive_[at * 2] : BytesByStep{};
      alive_[at] = {};
      for (std::size_t made = 0; made < StepBuckets::kMost / 2; ++made) {
        alive_[at][made] = before[made * 2] + before[made * 2 + 1];
      }
    }
    observed_ /= 2;
  }

  StepBuckets buckets_;
  std::array<BytesByStep, StepBuckets::kMost> alive_{};
  std::size_t observed_ = 0;
};

}  // namespace weir::tracer
