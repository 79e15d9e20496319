#pragma once

#include <vector>

#include "layers/layer.h"

namespace weir::layers {

/// The window that a config of Fourier transforms names (`window`, `sequence_length`), in the
/// middle of a frame (`fft_length`). Without one, all of the frame counts.
std::vector<float> framed_window(const Config& config);

}  // namespace weir::layers
