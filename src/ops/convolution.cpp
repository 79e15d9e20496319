#include "ops/convolution.h"

#include "base/fail.h"
#include "ops/depthwise.h"
#include "ops/image_product.h"
#include "ops/packed_step.h"
#include "ops/winograd.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;

/// Pixels of an image for each output channel from which on it takes less time to scale the kernel
/// for each sample than to write the scaled image and read it again.
constexpr std::size_t kPixelsPerChannel = 4;

/// A convolution that is a product, of an image whose channels are scaled: input 1 has an element
/// for each channel of each sample, and the kernel is multiplied by it in scratch.
std::unique_ptr<kernels::Step> make_scaled_step(const kernels::ConvolutionShape& shape,
                                                PackedProduct packed) {
  std::vector<SharedBytes> weights = {packed.weight()};
  kernels::ConvolutionShape one = shape;
  one.batch = 1;
  return make_step(
      [one, batch = shape.batch, packed = std::move(packed)](const kernels::StepArgs& args) {
        auto* const kernel = reinterpret_cast<float*>(args.scratch);
        const std::size_t pixels = kernels::volume(one.out);
        kernels::Epilogue epilogue = packed.epilogue(args);
        for (std::size_t i = 0; i < batch; ++i) {
          kernels::scale_convolution(one, packed.kernel(), args.input(1) + i * one.in_channels,
                                     kernel);
          kernels::convolution(one, args.input(0) + i * pixels * one.in_channels, one.in_channels,
                               kernel, args.output() + i * pixels * one.out_channels,
                               one.out_channels, epilogue, nullptr, args.pool);
          if (epilogue.residual != nullptr) epilogue.residual += pixels * one.out_channels;
        }
      },
      kernels::packed_convolution_bytes(shape), std::move(weights));
}

class Convolution final : public ImageProduct {
 public:
  Convolution(const ConvolutionAttributes& attributes, ProductTerms terms)
      : ImageProduct(attributes.window, attributes.in_channels, std::move(terms)),
        attributes_(attributes) {}

  std::string_view kind() const override { return "convolution"; }

  OperationPtr faster(std::span<const graph::ValueType> inputs) const override {
    if (terms().weights_dtype != DType::kFloat32) return nullptr;
    return make_winograd(attributes_, terms(), inputs[0].shape);
  }
  OperationPtr after_channel_scaling(const graph::ValueType& input) const override {
    const auto shape = bind(attributes_, place_anywhere(window()));
    const std::size_t pixels = kernels::volume(placed_on(input.shape).out);
    if (terms().scaled || terms().weights_dtype != DType::kFloat32 ||
        pixels < kPixelsPerChannel * attributes_.out_channels ||
        kernels::choose_convolution(shape) != kernels::ConvolutionAlgorithm::kProduct) {
      return nullptr;
    }
    ProductTerms scaled = terms();
    scaled.scaled = true;
    return with_terms(std::move(scaled));
  }
  OperationPtr after_zero_padding(const graph::ZeroPadding& padding) const override {
    const std::optional<SlidingWindow> padded = take_in(padding, window());
    if (!padded) return nullptr;
    ConvolutionAttributes attributes = attributes_;
    attributes.window = *padded;
    return std::make_shared<Convolution>(attributes, terms());
  }

 private:
  std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t threads,
                                           PackedProduct packed) const override {
    const auto shape = bind(attributes_, placed);
    if (terms().scaled) return make_scaled_step(shape, std::move(packed));
    return make_packed_step<kernels::convolution, &PackedProduct::panels>(
        shape, std::move(packed),
        kernels::convolution_scratch_bytes(shape, threads, terms().weights_dtype));
  }
  OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<Convolution>(attributes_, std::move(terms));
  }
  std::size_t out_channels() const override { return attributes_.out_channels; }
  std::size_t packed_kernel_bytes() const override {
    return kernels::packed_convolution_bytes(bind(attributes_, place_anywhere(window())));
  }
  std::optional<kernels::ProductShape> packed_product() const override {
    return kernels::product_shape(bind(attributes_, place_anywhere(window())));
  }
  std::size_t kernel_rows() const override {
    return kernels::convolution_kernel_rows(bind(attributes_, place_anywhere(window())));
  }
  void pack_rows(std::span<const float> weights, std::size_t first, const float* scale,
                 float* packed) const override {
    kernels::pack_convolution_rows(bind(attributes_, place_anywhere(window())), weights.data(),
                                   scale, first, weights.size() / attributes_.out_channels, packed);
  }

  ConvolutionAttributes attributes_;
};

}  // namespace

kernels::ConvolutionShape bind(const ConvolutionAttributes& attributes,
                               const PlacedWindow& placed) {
  return {
      placed.batch,      placed.in,    placed.out, attributes.in_channels, attributes.out_channels,
      attributes.groups, placed.window};
}

OperationPtr make_convolution(const ConvolutionAttributes& attributes, ProductTerms terms) {
  require(attributes.groups > 0 && attributes.out_channels > 0 &&
              attributes.in_channels % attributes.groups == 0 &&
              attributes.out_channels % attributes.groups == 0,
          ErrorCode::kMalformed, "{} groups do not divide {} input and {} output channels",
          attributes.groups, attributes.in_channels, attributes.out_channels);
  if (attributes.groups == attributes.in_channels && attributes.groups > 1) {
    // A depthwise convolution, whose kernel lies the same way.
    return make_depthwise(
        {attributes.window, attributes.in_channels, attributes.out_channels / attributes.groups},
        std::move(terms));
  }
  return std::make_shared<Convolution>(attributes, std::move(terms));
}

}  // namespace weir::ops
