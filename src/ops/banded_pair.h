#pragma once

#include <memory>

#include "ops/image_product.h"

namespace weir::ops {

/// `first` followed by `second`, whose input is its output, on one image: made in bands of rows. Of
/// the image between the two, only the rows that a band needs are in memory, in scratch; those that
/// the next band needs as well move to the front and are not computed again.
graph::OperationPtr make_banded_pair(std::shared_ptr<const ImageProduct> first,
                                     std::shared_ptr<const ImageProduct> second);

}  // namespace weir::ops
