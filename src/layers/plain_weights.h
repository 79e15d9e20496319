#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// The layer has `count` weights and no others: it is not quantised, and has no low-rank (LoRA)
/// matrices that Keras has not merged into the kernel when it saved the file. Throws kUnsupported
/// or kMalformed. Missing weights are left to `LayerCall::weight`.
void require_plain_weights(const LayerCall& call, std::size_t count);
/// The same of a layer that may be quantised.
void require_weight_count(const LayerCall& call, std::size_t count);

/// How the dtype policy says that weights are quantised: "int8", "int4/128", "float8"; empty where
/// they are not. The policy is a name ("float32", "int8_from_float32") or an object with a class of
/// its own for each way of quantising.
std::string quantisation_mode(const Config& config);

}  // namespace weir::layers
