#pragma once

#include "layers/sublayers.h"

namespace weir::layers {

/// What Gemma's layers multiply by is one more than the weight.
enum class RmsScale : std::uint8_t { kWeight, kWeightPlusOne };

/// x / sqrt(mean of x² + epsilon) * scale along the last axis, of the layer at an attribute.
ValueId add_rms_norm(const Sublayers& layers, std::string_view attribute, double epsilon,
                     ValueId input, RmsScale scale = RmsScale::kWeight);

}  // namespace weir::layers
