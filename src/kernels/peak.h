#pragma once

#include <cstddef>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Runs `rounds` rounds of fused multiply-adds on registers alone; returns the floating-point
/// operations done. What no kernel can beat on one core.
double multiply_registers(std::size_t rounds);

/// Floating-point operations a second of all threads of the pool together, on registers alone: the
/// best of some tries within `seconds`.
double measure_peak(const ThreadPool& pool, double seconds);

}  // namespace weir::kernels
