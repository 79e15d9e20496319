#pragma once

#include <cstddef>
#include <span>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Runs `rounds` rounds of fused multiply-adds on registers alone; returns the floating-point
/// operations done. What no kernel can beat on one core.
double multiply_registers(std::size_t rounds);

/// Floating-point operations a second of all threads of the pool together, on registers alone: the
/// best of some tries within `seconds`.
double measure_peak(const ThreadPool& pool, double seconds);

/// The sum of all values, in any order, at the speed at which they can be read: there is one
/// addition a load.
float sum_floats(std::span<const float> values);

/// Bytes a second that all threads of the pool together read from memory, beyond the caches: the
/// best of some tries within `seconds`. Takes memory of twice the largest cache meanwhile.
double measure_bandwidth(const ThreadPool& pool, double seconds);

}  // namespace weir::kernels
