#pragma once

#include <span>

#include "kernels/unary.h"

namespace weir::kernels::reference {

/// u(x), worked out in double precision by the C library.
float apply_unary(float x, const Unary& u);

/// out[i] = u(in[i]).
void unary(std::span<const float> in, std::span<float> out, const Unary& u);

}  // namespace weir::kernels::reference
