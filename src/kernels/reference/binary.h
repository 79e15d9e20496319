#pragma once

#include <cstdint>

#include "kernels/binary.h"

namespace weir::kernels::reference {

/// kind(a, b).
float apply_binary(BinaryKind kind, float a, float b);

/// As kernels::binary, one element at a time by its index.
void binary(BinaryKind kind, const Broadcast& shape, const float* a, const float* b, float* out,
            const Unary& activation);

}  // namespace weir::kernels::reference
