#include "ops/image_product.h"

#include <algorithm>
#include <memory>

#include "base/fail.h"
#include "ops/banded_chain.h"

namespace weir::ops {

using graph::OperationPtr;

namespace {

// Of depth, height and width, the height.
constexpr std::size_t kRowAxis = 1;

}  // namespace

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

OperationPtr ImageProduct::in_bands_with(const OperationPtr& reader) const {
  return make_banded_chain({std::static_pointer_cast<const ImageProduct>(shared_from_this())},
                           reader);
}

bool ImageProduct::can_be_in_bands_with(const ImageProduct& reader) const {
  return runs_in_rows() && reader.runs_in_rows() && window_.rank == 2 && !terms().residual &&
         !reader.terms().scaled;
}

/// With more zeros than the window is high, some output rows would depend on no input row.
bool ImageProduct::runs_in_rows() const {
  const std::size_t extent = window_.extent(kRowAxis);
  return slides_over_input() && window_.zeros_before[kRowAxis] < extent &&
         window_.zeros_after[kRowAxis] < extent;
}

ImageProduct::Rows ImageProduct::input_rows(const Shape& input, Rows outputs) const {
  const PlacedWindow placed = placed_on(input);
  const std::size_t stride = placed.window.stride[kRowAxis];
  const std::size_t pad = placed.window.pad_before[kRowAxis];
  const std::size_t begin = outputs.begin * stride;
  const std::size_t end = (outputs.end - 1) * stride + window_.extent(kRowAxis);
  return {begin - std::min(begin, pad), std::min(end - std::min(end, pad), placed.in[kRowAxis])};
}

std::unique_ptr<kernels::Step> ImageProduct::prepare_rows(const Shape& input, Rows outputs,
                                                          graph::PackedWeights& weights) const {
  PlacedWindow placed = placed_on(input);
  const Rows inputs = input_rows(input, outputs);
  // What of the window lies before the first of these rows, as it lay before the image.
  std::size_t& pad = placed.window.pad_before[kRowAxis];
  const std::size_t begin = outputs.begin * placed.window.stride[kRowAxis];
  pad -= std::min(begin, pad);
  placed.in[kRowAxis] = inputs.count();
  placed.out[kRowAxis] = outputs.count();
  return bind_step(placed, /*threads=*/1, pack(weights));
}

}  // namespace weir::ops
