#include "ops/winograd.h"

#include "base/caches.h"
#include "kernels/winograd.h"
#include "ops/image_product.h"
#include "ops/packed_step.h"

namespace weir::ops {
namespace {

class WinogradConvolution final : public ImageProduct {
 public:
  WinogradConvolution(const ConvolutionAttributes& attributes, ProductTerms terms)
      : ImageProduct(attributes.window, attributes.in_channels, std::move(terms)),
        attributes_(attributes) {}

  std::string_view kind() const override { return "winograd convolution"; }

 private:
  // Its tiles are four rows high, and have their place in the image.
  bool slides_over_input() const override { return false; }

  std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t threads,
                                           PackedProduct packed) const override {
    const auto shape = bind(attributes_, placed);
    return make_packed_step<kernels::winograd>(shape, std::move(packed),
                                               kernels::winograd_scratch_bytes(shape, threads));
  }
  graph::OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<WinogradConvolution>(attributes_, std::move(terms));
  }
  std::string_view packing() const override { return "winograd"; }
  std::size_t out_channels() const override { return attributes_.out_channels; }
  std::size_t packed_kernel_bytes() const override {
    return kernels::packed_winograd_bytes(bind(attributes_, place_anywhere(window())));
  }
  void pack_rows(std::span<const float> weights, std::size_t /*first*/, const float* scale,
                 float* packed) const override {
    kernels::pack_winograd(bind(attributes_, place_anywhere(window())), weights.data(), scale,
                           packed);
  }

  ConvolutionAttributes attributes_;
};

}  // namespace

graph::OperationPtr make_winograd(const ConvolutionAttributes& attributes,
                                  const ProductTerms& terms, const Shape& input) {
  const kernels::ConvolutionShape shape = bind(attributes, place(attributes.window, input));
  if (!kernels::winograd_pays(shape, cache_sizes().level3)) return nullptr;
  return std::make_shared<WinogradConvolution>(attributes, terms);
}

}  // namespace weir::ops
