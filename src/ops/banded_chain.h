#pragma once

#include <memory>
#include <vector>

#include "ops/image_product.h"

namespace weir::ops {

/// Two or more image products, each the input of the next, on one image: made in bands of rows. Of
/// the images between them, only the rows that a band needs are in memory, in scratch; those that
/// the next band needs as well move to the front and are not computed again. Only the first may be
/// scaled, and only the last may have a residual: the inputs are the image, the scale and the
/// residual.
using Chain = std::vector<std::shared_ptr<const ImageProduct>>;

/// The chain followed by the reader of what it makes, an image product or a chain itself; null
/// where these cannot run in bands together.
graph::OperationPtr make_banded_chain(Chain chain, const graph::OperationPtr& reader);

}  // namespace weir::ops
