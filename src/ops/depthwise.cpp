#include "ops/depthwise.h"

#include "kernels/depthwise.h"
#include "ops/image_product.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;

class Depthwise final : public ImageProduct {
 public:
  Depthwise(const DepthwiseAttributes& attributes, ProductTerms terms)
      : ImageProduct(attributes.window, attributes.channels, std::move(terms)),
        attributes_(attributes) {}

  std::string_view kind() const override { return "depthwise convolution"; }

  OperationPtr after_zero_padding(const graph::ZeroPadding& padding) const override {
    const std::optional<SlidingWindow> padded = take_in(padding, window());
    if (!padded) return nullptr;
    return std::make_shared<Depthwise>(
        DepthwiseAttributes{*padded, attributes_.channels, attributes_.multiplier}, terms());
  }

 private:
  std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t /*threads*/,
                                           PackedProduct packed) const override {
    std::vector<SharedBytes> weights = {packed.weight()};
    return make_step(
        [shape = bind(placed), packed = std::move(packed)](const kernels::StepArgs& args) {
          kernels::depthwise(shape, args.input(0), shape.channels, packed.kernel(), args.output(),
                             shape.out_channels(), packed.epilogue(args), args.pool);
        },
        0, std::move(weights));
  }
  OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<Depthwise>(attributes_, std::move(terms));
  }
  std::size_t out_channels() const override {
    return attributes_.channels * attributes_.multiplier;
  }
  std::size_t packed_kernel_bytes() const override {
    return kernels::packed_depthwise_bytes(bind(place_anywhere(window())));
  }
  void pack_rows(std::span<const float> weights, std::size_t /*first*/, const float* scale,
                 float* packed) const override {
    kernels::pack_depthwise(bind(place_anywhere(window())), weights.data(), scale, packed);
  }

  kernels::DepthwiseShape bind(const PlacedWindow& placed) const {
    return {placed.batch,           placed.in,    placed.out, attributes_.channels,
            attributes_.multiplier, placed.window};
  }

  DepthwiseAttributes attributes_;
};

}  // namespace

OperationPtr make_depthwise(const DepthwiseAttributes& attributes, ProductTerms terms) {
  return std::make_shared<Depthwise>(attributes, std::move(terms));
}

}  // namespace weir::ops
