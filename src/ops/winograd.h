#pragma once

#include "ops/convolution.h"

namespace weir::ops {

/// The same as `make_convolution` on images of this type, by Winograd's minimal filtering; null
/// where that is not faster. Not made in bands: where memory is that scarce, the plain sum is used.
graph::OperationPtr make_winograd(const ConvolutionAttributes& attributes,
                                  const ProductTerms& terms, const Shape& input);

}  // namespace weir::ops
