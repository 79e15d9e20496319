#pragma once

#include "kernels/normalize.h"

namespace weir::kernels::reference {

/// As kernels::normalize, in double precision.
void normalize(NormalizeKind kind, const NormalizeShape& shape, double epsilon, const float* in,
               const float* gamma, const float* beta, float* out);

}  // namespace weir::kernels::reference
