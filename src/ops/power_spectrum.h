#pragma once

#include <vector>

#include "graph/operation.h"

namespace weir::ops {

/// The power of the frequencies in the frames of a signal, (…, samples) to (…, frames,
/// frequencies); see kernels::PowerSpectrum.
graph::OperationPtr make_power_spectrum(std::vector<float> window, std::size_t step);

}  // namespace weir::ops
