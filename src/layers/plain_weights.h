#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// The layer has `count` weights and no others: it is not quantised, and has no low-rank (LoRA)
/// matrices that Keras has not merged into the kernel when it saved the file. Throws kUnsupported
/// or kMalformed. Missing weights are left to `LayerCall::weight`.
void require_plain_weights(const LayerCall& call, std::size_t count);

}  // namespace weir::layers
