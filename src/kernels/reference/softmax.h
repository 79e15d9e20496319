#pragma once

#include "kernels/affine.h"

namespace weir::kernels::reference {

/// As kernels::softmax, in double precision.
void softmax(const ChannelShape& shape, bool logarithm, const float* in, float* out);

}  // namespace weir::kernels::reference
