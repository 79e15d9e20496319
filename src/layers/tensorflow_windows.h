#pragma once

#include <string_view>

#include "layers/layer.h"

/// What TensorFlow's functions that slide a window over images are told, as keras.ops wants it.
namespace weir::layers {

/// One number for all axes, or one for each, those of the batch and of the channels included: those
/// of the `rank` axes between. kUnsupported where a window covers samples or channels.
Json window_sizes(const Json& given, std::size_t rank);

/// "valid" or "same". kUnsupported for any other.
std::string_view padding_of(const Json& settings);

/// kUnsupported where the channels come before the spatial axes.
void require_channels_last(const Json& settings);

}  // namespace weir::layers
