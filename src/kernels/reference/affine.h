#pragma once

#include "kernels/affine.h"

namespace weir::kernels::reference {

/// As kernels::channel_affine.
void channel_affine(const ChannelShape& shape, const float* in, const float* scale,
                    const float* shift, float* out, const Unary& activation);

/// As kernels::gated_linear.
void gated_linear(const ChannelShape& shape, const float* in, float* out);

}  // namespace weir::kernels::reference
