#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::tracer {

/// The steps so far in at most 64 buckets of equal width. The width doubles as the steps go on.
class StepBuckets {
 public:
  static constexpr std::size_t kMost = 64;

  std::uint64_t width() const { return width_; }
  std::size_t of(std::uint64_t step) const {
    return std::min<std::uint64_t>(step / width_, kMost - 1);
  }
  bool holds(std::uint64_t step) const { return step / width_ < kMost; }
  void widen() { width_ *= 2; }

 private:
  std::uint64_t width_ = 1;
};

/// Live bytes by the steps in which they were made.
using BytesByStep = std::array<std::uint64_t, StepBuckets::kMost>;

}  // namespace weir::tracer
