#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::exec {

/// Nanoseconds that each step of a program took, summed over all runs; each executor of several
/// that run at the same time has sums of its own.
class StepTimes {
 public:
  /// All sums are zero again. Allocates only where there are more than ever before.
  void reset(std::size_t executors, std::size_t steps) {
    steps_ = steps;
    sums_.assign(executors * steps, 0);
  }
  /// Of one executor, by the steps' ids.
  std::span<std::uint64_t> of(std::size_t executor) {
    return std::span(sums_).subspan(executor * steps_, steps_);
  }
  std::uint64_t total(std::size_t step) const {
    std::uint64_t sum = 0;
    for (std::size_t i = step; i < sums_.size(); i += steps_) sum += sums_[i];
    return sum;
  }

 private:
  std::size_t steps_ = 0;
  std::vector<std::uint64_t> sums_;
};

}  // namespace weir::exec
