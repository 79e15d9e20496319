#include "ops/convolution_transpose.h"

#include "base/checked.h"
#include "kernels/convolution_transpose.h"
#include "ops/image_product.h"
#include "ops/packed_step.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;

class ConvolutionTranspose final : public ImageProduct {
 public:
  ConvolutionTranspose(const ConvolutionTransposeAttributes& attributes, ProductTerms terms)
      : ImageProduct(attributes.window, attributes.in_channels, std::move(terms)),
        attributes_(attributes) {}

  std::string_view kind() const override { return "transposed convolution"; }

  /// Each element of the kernel once for each input position.
  std::uint64_t multiply_adds(std::span<const graph::ValueType> inputs,
                              std::span<const graph::ValueType> /*outputs*/) const override {
    const auto elements = static_cast<std::uint64_t>(inputs[0].shape.elements());
    return static_cast<std::uint64_t>(terms().kernel.shape.elements()) *
           (elements / attributes_.in_channels);
  }

 private:
  bool slides_over_input() const override { return false; }

  /// The output is the image that the convolution of the same padding takes to the input: its
  /// padding, found on the output's size, is what is cut off here.
  PlacedWindow placed_on(const Shape& input) const override {
    const std::size_t rank = window().rank;
    require(input.rank() == rank + 2, ErrorCode::kInvalidArgument,
            "the input has the shape {}, expected {} axes", to_string(input), rank + 2);
    const kernels::Extent in = to_extent(input.dims().subspan(1, rank));
    kernels::Extent out = kernels::kOnes;
    for (std::size_t axis = 3 - rank; axis < 3; ++axis) out[axis] = output_size(axis, in[axis]);
    PlacedWindow placed =
        place(window(), image_shape(rank, static_cast<std::size_t>(input[0]), out, 1));
    require(placed.out == in, ErrorCode::kInvalidArgument,
            "no image of this output padding is convolved to the shape {}", to_string(input));
    std::swap(placed.in, placed.out);
    return placed;
  }

  std::size_t output_size(std::size_t axis, std::size_t in) const {
    const std::size_t stride = window().stride[axis];
    const std::size_t extent = window().extent(axis);
    const bool same = window().padding == PaddingMode::kSame;
    if (same && !attributes_.output_padding) return checked_mul(in, stride);
    require(in > 0, ErrorCode::kInvalidArgument, "the input is empty");
    const std::size_t spread = checked_mul(in - 1, stride);
    if (!attributes_.output_padding) return checked_add(spread, std::max(extent, stride));
    const std::size_t window_part = same ? extent % 2 : extent;
    return checked_add(spread, checked_add(window_part, (*attributes_.output_padding)[axis]));
  }

  std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t threads,
                                           PackedProduct packed) const override {
    const auto shape = bind(placed);
    return make_packed_step<kernels::convolution_transpose>(
        shape, std::move(packed), kernels::convolution_transpose_scratch_bytes(shape, threads));
  }
  OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<ConvolutionTranspose>(attributes_, std::move(terms));
  }
  std::size_t out_channels() const override { return attributes_.out_channels; }
  std::size_t packed_kernel_bytes() const override {
    return kernels::packed_convolution_transpose_bytes(bind(any_image()));
  }
  void pack_rows(std::span<const float> weights, std::size_t /*first*/, const float* scale,
                 float* packed) const override {
    kernels::pack_convolution_transpose(bind(any_image()), weights.data(), scale, packed);
  }

  /// Packing sorts the kernel's elements by the output pixels that they reach, so the padding
  /// counts; it is the same for all sizes.
  PlacedWindow any_image() const {
    return placed_on(image_shape(window().rank, 1, kernels::kOnes, attributes_.in_channels));
  }

  kernels::ConvolutionTransposeShape bind(const PlacedWindow& placed) const {
    return {placed.batch, placed.in, placed.out, attributes_.in_channels, attributes_.out_channels,
            placed.window};
  }

  ConvolutionTransposeAttributes attributes_;
};

}  // namespace

OperationPtr make_convolution_transpose(const ConvolutionTransposeAttributes& attributes,
                                        ProductTerms terms) {
  return std::make_shared<ConvolutionTranspose>(attributes, std::move(terms));
}

}  // namespace weir::ops
