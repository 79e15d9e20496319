#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// How much less a key weighs for each position that it is away, for each head. `maximum` says by
/// how much the steps from head to head differ.
std::vector<double> alibi_slopes(std::int64_t heads, double maximum = 8.0);

}  // namespace weir::layers
