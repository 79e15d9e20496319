#pragma once

#include <cstddef>

namespace weir::bench {

/// Runs `rounds` rounds of fused multiply-adds on registers alone; returns the floating-point
/// operations done. What no kernel can beat on one core.
double multiply_registers(std::size_t rounds);

}  // namespace weir::bench
