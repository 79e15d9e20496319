#pragma once

#include <cstddef>
#include <span>

namespace weir {

/// A straight line through a series, found robustly, and how sure it is.
struct Slope {
  double per_step = 0.0;
  double low = 0.0;  ///< 95 % confidence interval of `per_step`.
  double high = 0.0;
};

/// One sample of a series: a step, and the bytes resident after it.
struct MemorySample {
  double step = 0.0;
  double bytes = 0.0;
};

/// The Theil-Sen slope (the median of the slopes of all pairs of samples) and its confidence
/// interval after Sen (1968), from the variance of Kendall's statistic with ties. Up to 29 % of
/// outliers do not move it. Costs time and memory quadratic in the samples: thin them out to a few
/// hundred. Zero for fewer than three samples.
Slope robust_slope(std::span<const MemorySample> samples);

/// Whether the series grows: surely (the whole interval lies above zero), and by more over its
/// length than a process's memory moves by itself.
bool grows(std::span<const MemorySample> samples, const Slope& slope);

}  // namespace weir
