#pragma once

#include "layers/operand.h"

namespace weir::layers {

/// A matrix with ones on its diagonal `k`, which is above the main one where it is positive, and
/// zeros elsewhere. `path` names it.
Operand ones_on_diagonal(const std::string& path, std::int64_t rows, std::int64_t columns,
                         DType dtype, std::int64_t k = 0);

}  // namespace weir::layers
