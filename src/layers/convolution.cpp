#include "layers/convolution.h"

#include "base/checked.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/channels_first.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "ops/convolution.h"
#include "ops/depthwise.h"

namespace weir::layers {
namespace {

ops::PaddingMode read_padding(const Config& config) {
  const std::string name = config.text("padding", "valid");
  if (name == "valid") return ops::PaddingMode::kValid;
  if (name == "same") return ops::PaddingMode::kSame;
  require(name == "causal", ErrorCode::kMalformed, "padding is '{}'", name);
  return ops::PaddingMode::kCausal;
}

std::int64_t positive(const Config& config, std::string_view key, std::int64_t fallback) {
  return config.sizes(key, 1, fallback).front();
}

/// Weight `index` as the bias, where the layer has one.
std::optional<graph::Constant> read_bias(const LayerCall& call, std::size_t index,
                                         std::int64_t channels) {
  if (!call.config().boolean("use_bias", true)) return std::nullopt;
  return call.weight(index, {channels});
}

/// What all these layers share: `add_products` works on (batch, spatial…, channels) float32, and
/// the activation sees what Keras's sees. `kernels` is the number of weights besides the bias.
template <typename AddProducts>
std::vector<ValueId> convolve(LayerCall& call, std::size_t rank, std::size_t kernels,
                              const AddProducts& add_products) {
  const Config config = call.config();
  require_plain_weights(call, kernels + (config.boolean("use_bias", true) ? 1 : 0));
  ValueId value = as_float(call, call.input());
  require(call.shape(value).rank() == rank + 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected {} axes", to_string(call.shape(value)), rank + 2);
  const bool channels_first = config.channels_first();
  if (channels_first) value = to_channels_last(call, value);
  value = add_products(config, value);
  if (channels_first) value = to_channels_first(call, value);
  return {add_activation(call, config.json().value("activation", Json()), value)};
}

template <std::size_t kRank>
std::vector<ValueId> convolution(LayerCall& call) {
  return convolve(call, kRank, 1, [&](const Config& config, ValueId input) {
    const std::int64_t in_channels = call.shape(input).back();
    const std::int64_t filters = positive(config, "filters", 0);
    const std::int64_t groups = positive(config, "groups", 1);
    const ops::ConvolutionAttributes attributes{
        read_window(config, kRank), static_cast<std::size_t>(in_channels),
        static_cast<std::size_t>(filters), static_cast<std::size_t>(groups)};
    ops::ProductTerms terms;
    terms.kernel = call.weight(0, kernel_shape(config, kRank, in_channels / groups, filters));
    terms.bias = read_bias(call, 1, filters);
    return call.add(ops::make_convolution(attributes, std::move(terms)), {input});
  });
}

/// The depthwise convolution, whose kernel is weight 0, without its bias.
ops::DepthwiseAttributes read_depthwise(const Config& config, std::size_t rank,
                                        std::int64_t channels) {
  return {read_window(config, rank), static_cast<std::size_t>(channels),
          static_cast<std::size_t>(positive(config, "depth_multiplier", 1))};
}

graph::Constant depthwise_kernel(const LayerCall& call, std::size_t rank, std::int64_t channels) {
  const Config config = call.config();
  return call.weight(0,
                     kernel_shape(config, rank, channels, positive(config, "depth_multiplier", 1)));
}

template <std::size_t kRank>
std::vector<ValueId> depthwise(LayerCall& call) {
  return convolve(call, kRank, 1, [&](const Config& config, ValueId input) {
    const std::int64_t channels = call.shape(input).back();
    ops::ProductTerms terms;
    terms.kernel = depthwise_kernel(call, kRank, channels);
    terms.bias = read_bias(call, 1, checked_mul(channels, positive(config, "depth_multiplier", 1)));
    return call.add(ops::make_depthwise(read_depthwise(config, kRank, channels), std::move(terms)),
                    {input});
  });
}

template <std::size_t kRank>
std::vector<ValueId> separable(LayerCall& call) {
  return convolve(call, kRank, 2, [&](const Config& config, ValueId input) {
    const std::int64_t channels = call.shape(input).back();
    const std::int64_t filters = positive(config, "filters", 0);
    ops::ProductTerms depthwise_terms;
    depthwise_terms.kernel = depthwise_kernel(call, kRank, channels);
    const ValueId middle = call.add(
        ops::make_depthwise(read_depthwise(config, kRank, channels), std::move(depthwise_terms)),
        {input});

    const std::int64_t middle_channels = call.shape(middle).back();
    Shape pointwise_shape(std::vector<std::int64_t>(kRank, 1));
    pointwise_shape.push_back(middle_channels);
    pointwise_shape.push_back(filters);
    ops::ConvolutionAttributes pointwise;
    pointwise.window.rank = kRank;
    pointwise.in_channels = static_cast<std::size_t>(middle_channels);
    pointwise.out_channels = static_cast<std::size_t>(filters);
    ops::ProductTerms terms;
    terms.kernel = call.weight(1, pointwise_shape);
    terms.bias = read_bias(call, 2, filters);
    return call.add(ops::make_convolution(pointwise, std::move(terms)), {middle});
  });
}

std::optional<kernels::Extent> read_output_padding(const Config& config, std::size_t rank) {
  if (!config.has("output_padding")) return std::nullopt;
  std::vector<std::int64_t> padding = config.integers("output_padding");
  if (padding.size() == 1) padding.resize(rank, padding.front());
  const std::vector<std::int64_t> strides = config.sizes("strides", rank, 1);
  require(padding.size() == rank, ErrorCode::kMalformed, "output_padding has {} values, not {}",
          padding.size(), rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    require(padding[axis] >= 0 && padding[axis] < strides[axis], ErrorCode::kMalformed,
            "output_padding is {} where the stride is {}", padding[axis], strides[axis]);
  }
  return ops::to_extent(padding);
}

template <std::size_t kRank>
std::vector<ValueId> transposed(LayerCall& call) {
  return convolve(call, kRank, 1, [&](const Config& config, ValueId input) {
    const std::int64_t in_channels = call.shape(input).back();
    const std::int64_t filters = positive(config, "filters", 0);
    ops::ProductTerms terms;
    terms.kernel = call.weight(0, kernel_shape(config, kRank, filters, in_channels));
    terms.bias = read_bias(call, 1, filters);
    return call.add(ops::make_convolution_transpose(
                        read_transposed(config, kRank, in_channels, filters), std::move(terms)),
                    {input});
  });
}

}  // namespace

ops::SlidingWindow read_window(const Config& config, std::size_t rank) {
  require(config.has("kernel_size"), ErrorCode::kMalformed, "config has no kernel_size");
  ops::SlidingWindow window;
  window.rank = rank;
  window.kernel = ops::to_extent(config.sizes("kernel_size", rank, 1));
  window.stride = ops::to_extent(config.sizes("strides", rank, 1));
  window.dilation = ops::to_extent(config.sizes("dilation_rate", rank, 1));
  window.padding = read_padding(config);
  return window;
}

ops::ConvolutionTransposeAttributes read_transposed(const Config& config, std::size_t rank,
                                                    std::int64_t in_channels,
                                                    std::int64_t filters) {
  const ops::ConvolutionTransposeAttributes attributes{
      read_window(config, rank), static_cast<std::size_t>(in_channels),
      static_cast<std::size_t>(filters), read_output_padding(config, rank)};
  require(attributes.window.padding != ops::PaddingMode::kCausal, ErrorCode::kMalformed,
          "a transposed convolution cannot be causal");
  return attributes;
}

Shape kernel_shape(const Config& config, std::size_t rank, std::int64_t a, std::int64_t b) {
  Shape shape(config.sizes("kernel_size", rank, 1));
  shape.push_back(a);
  shape.push_back(b);
  return shape;
}

void register_convolution(Registry& registry) {
  registry.add_layer("Conv1D", convolution<1>);
  registry.add_layer("Conv2D", convolution<2>);
  registry.add_layer("Conv3D", convolution<3>);
  registry.add_layer("Conv1DTranspose", transposed<1>);
  registry.add_layer("Conv2DTranspose", transposed<2>);
  registry.add_layer("Conv3DTranspose", transposed<3>);
  registry.add_layer("DepthwiseConv1D", depthwise<1>);
  registry.add_layer("DepthwiseConv2D", depthwise<2>);
  registry.add_layer("SeparableConv1D", separable<1>);
  registry.add_layer("SeparableConv2D", separable<2>);
}

}  // namespace weir::layers
