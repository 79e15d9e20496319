#pragma once

#include <cstdint>

namespace weir::tracer {

/// Sampling by bytes, as a Poisson process: every byte that is allocated is hit with probability
/// 1/mean, and an allocation is sampled when one of its bytes is. So the chance is known for each
/// size, and weights that divide by it make sums that are right on average. A mean of 0 samples
/// all: exact mode.

/// 1 - exp(-x) for x >= 0, to the last digits also for tiny x. (No libm: the tracer needs only the
/// C library.)
double one_minus_exp(double x);

/// The natural logarithm of a number in (0, 1].
double natural_logarithm(double number);

/// The chance that an allocation of `size` bytes is sampled.
double sampling_chance(std::uint64_t size, std::uint64_t mean);

/// A small generator (splitmix64), one a thread.
class Random {
 public:
  void seed(std::uint64_t seed) { state_ = seed; }
  std::uint64_t next();
  /// Uniform in (0, 1].
  double next_fraction();
  /// Bytes to the next hit: exponential with the mean. -1 for a mean of 0, so that the next
  /// allocation is hit whatever its size.
  std::int64_t next_gap(std::uint64_t mean);

 private:
  std::uint64_t state_ = 0;
};

}  // namespace weir::tracer
