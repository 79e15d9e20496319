#include "ops/image_product.h"

#include "base/fail.h"

namespace weir::ops {

std::vector<graph::ValueType> ImageProduct::infer(std::span<const graph::ValueType> inputs) const {
  const Shape& shape = data_shape(inputs);
  const PlacedWindow placed = placed_on(shape);
  require(static_cast<std::size_t>(shape.back()) == in_channels_, ErrorCode::kInvalidArgument,
          "the input has {} channels, expected {}", shape.back(), in_channels_);
  return output_of(image_shape(window_.rank, placed.batch, placed.out, out_channels()), inputs);
}

std::unique_ptr<kernels::Step> ImageProduct::prepare(const graph::PrepareContext& context) const {
  return bind_step(placed_on(context.inputs[0].shape), context.threads, pack(context.weights));
}

}  // namespace weir::ops
