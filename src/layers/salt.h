#pragma once

#include <optional>

#include "kernels/siphash.h"
#include "layers/layer.h"

namespace weir::layers {

/// The config's `salt`: one integer, which stands for two of them, or two. Throws kMalformed for
/// anything else.
std::optional<kernels::SipKey> salt_of(const Config& config);

}  // namespace weir::layers
