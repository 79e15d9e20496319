#include <algorithm>

#include "base/checked.h"
#include "layers/activation.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/sublayers.h"
#include "ops/reduce.h"

/// The blocks of keras-hub's MobileNet and EfficientNet: a depthwise convolution between two
/// pointwise ones, and channels that are weighed by what is in them.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// A convolution without a bias, and the normalization behind it.
struct NormalizedConvolution {
  const char* convolution;
  const char* norm;
  double epsilon;
};

ValueId add_convolution(const Sublayers& layers, const NormalizedConvolution& names, Json config,
                        ValueId x, const char* class_name = "Conv2D") {
  config["use_bias"] = false;
  const ValueId made = layers.add(names.convolution, class_name, std::move(config), x);
  return layers.add(names.norm, "BatchNormalization", {{"epsilon", names.epsilon}}, made);
}

Json pointwise(std::int64_t filters) { return {{"filters", filters}, {"kernel_size", 1}}; }

/// The two convolutions of an excitation, which see what is left of each channel.
struct Excitation {
  const char* reduce;
  const char* expand;
  std::int64_t narrow;
  Json narrow_activation;
  Json gate_activation;
};

ValueId add_excitation(const Sublayers& layers, const Excitation& excitation, ValueId x) {
  LayerCall& call = layers.call();
  const std::int64_t channels = call.shape(x).back();
  const auto convolve = [&](const char* attribute, std::int64_t filters, const Json& activation,
                            ValueId value) {
    Json config = pointwise(filters);
    config["activation"] = activation;
    return layers.add(attribute, "Conv2D", std::move(config), value);
  };
  ValueId gate = call.add(ops::make_reduce(kernels::ReduceKind::kMean, {1, 2}, true), {x});
  gate = convolve(excitation.reduce, excitation.narrow, excitation.narrow_activation, gate);
  gate = convolve(excitation.expand, channels, excitation.gate_activation, gate);
  return add_binary(call, BinaryKind::kMultiply, x, gate);
}

/// To the nearest multiple of 8, but not below nine tenths.
std::int64_t adjusted_channels(double channels) {
  constexpr std::int64_t kDivisor = 8;
  require(channels >= 0 && channels < 1e9, ErrorCode::kMalformed, "{} channels", channels);
  const std::int64_t rounded = std::max(
      kDivisor, static_cast<std::int64_t>(channels + kDivisor / 2.0) / kDivisor * kDivisor);
  return static_cast<double>(rounded) < 0.9 * channels ? rounded + kDivisor : rounded;
}

constexpr double kMobileEpsilon = 1e-5;

ValueId add_mobile_excitation(const Sublayers& layers, double ratio, ValueId x) {
  const auto channels = static_cast<double>(layers.call().shape(x).back());
  return add_excitation(
      layers,
      {"conv_reduce", "conv_expand", adjusted_channels(channels * ratio), "relu", "hard_sigmoid"},
      x);
}

/// A depthwise convolution that the layer writes as one with as many groups as channels.
ValueId add_grouped(const Sublayers& layers, const NormalizedConvolution& names,
                    std::int64_t padding, ValueId x) {
  const Config config = layers.call().config();
  const std::int64_t channels = layers.call().shape(x).back();
  const ValueId padded = layers.add("pad", "ZeroPadding2D", {{"padding", padding}}, x);
  return add_convolution(layers, names,
                         {{"filters", channels},
                          {"kernel_size", size_in(config, "kernel_size")},
                          {"strides", size_in(config, "stride")},
                          {"groups", channels}},
                         padded);
}

std::vector<ValueId> mobile_depthwise_block(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  ValueId x =
      add_grouped(layers, {"conv1", "batch_normalization1", kMobileEpsilon}, 1, call.input());
  x = add_activation(call, "relu", x);
  const double ratio = config.number("squeeze_excite_ratio", 0.0);
  if (ratio > 0) x = add_mobile_excitation(layers.at("se_layer"), ratio, x);
  x = add_convolution(layers, {"conv2", "batch_normalization2", kMobileEpsilon},
                      pointwise(size_in(config, "filters")), x);
  return {config.boolean("residual", false) ? add_sum(call, x, call.input()) : x};
}

std::vector<ValueId> mobile_inverted_block(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const Json activation = config.json().value("activation", Json());
  const std::int64_t expanded = adjusted_channels(config.number("expansion", 0.0));
  const std::int64_t filters = size_in(config, "filters");
  ValueId x = add_convolution(layers, {"conv1", "batch_normalization1", kMobileEpsilon},
                              pointwise(expanded), call.input());
  x = add_activation(call, activation, x);
  x = add_grouped(layers, {"conv2", "batch_normalization2", kMobileEpsilon},
                  config.integer("padding", 0), x);
  x = add_activation(call, activation, x);
  const double ratio = config.number("squeeze_excite_ratio", 0.0);
  if (ratio > 0) x = add_mobile_excitation(layers.at("squeeze_excite"), ratio, x);
  x = add_convolution(layers, {"conv3", "batch_normalization3", kMobileEpsilon}, pointwise(filters),
                      x);
  const bool adds = size_in(config, "stride") == 1 && size_in(config, "infilters") == filters;
  return {adds ? add_sum(call, call.input(), x) : x};
}

std::vector<ValueId> mobile_last_block(LayerCall& call) {
  const ValueId x =
      add_convolution(Sublayers(call), {"conv", "batch_normalization", kMobileEpsilon},
                      pointwise(size_in(call.config(), "filter")), call.input());
  return {add_activation(call, call.config().json().value("activation", Json()), x)};
}

/// What the two blocks of EfficientNet have in common.
class EfficientBlock {
 public:
  explicit EfficientBlock(LayerCall& call)
      : call_(call),
        layers_(call),
        config_(call.config()),
        epsilon_(config_.number("batch_norm_epsilon", 1e-3)),
        filters_(checked_mul(size_in(config_, "input_filters"),
                             std::max<std::int64_t>(1, config_.integer("expand_ratio", 1)))) {
    require(!config_.channels_first(), ErrorCode::kUnsupported,
            "data_format channels_first is not supported");
  }

  std::int64_t filters() const { return filters_; }
  std::int64_t size(const char* key) const { return size_in(config_, key); }

  ValueId add(const char* convolution, const char* norm, Json config, ValueId x,
              const char* class_name = "Conv2D") const {
    return add_convolution(layers_, {convolution, norm, epsilon_}, std::move(config), x,
                           class_name);
  }
  ValueId activate(ValueId x) const { return add_activation(call_, activation(), x); }
  ValueId pad(const char* attribute, std::int64_t kernel, ValueId x) const {
    return layers_.add(attribute, "ZeroPadding2D", {{"padding", kernel / 2}}, x);
  }
  ValueId excite(ValueId x) const {
    const double ratio = config_.number("se_ratio", 0.0);
    if (ratio <= 0 || ratio > 1) return x;
    const auto narrow = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(size("input_filters")) * ratio));
    return add_excitation(layers_, {"se_conv1", "se_conv2", narrow, activation(), "sigmoid"}, x);
  }
  ValueId with_input(ValueId x) const {
    const bool adds = size("strides") == 1 && size("input_filters") == size("output_filters") &&
                      !config_.boolean("nores", false);
    return adds ? add_sum(call_, x, call_.input()) : x;
  }

 private:
  Json activation() const { return config_.json().value("activation", Json("swish")); }

  LayerCall& call_;
  Sublayers layers_;
  Config config_;
  double epsilon_;
  std::int64_t filters_;
};

std::vector<ValueId> efficient_block(LayerCall& call) {
  const EfficientBlock block(call);
  const bool expands = call.config().integer("expand_ratio", 1) != 1;
  const std::int64_t kernel = block.size("kernel_size");
  ValueId x = call.input();
  if (expands) x = block.activate(block.add("conv1", "bn1", pointwise(block.filters()), x));
  x = block.add("depthwise", "bn2",
                {{"kernel_size", kernel}, {"strides", block.size("strides")}, {"padding", "same"}},
                x, "DepthwiseConv2D");
  x = block.excite(block.activate(x));
  const std::int64_t last = expands ? 1 : kernel;
  x = block.pad("output_conv_pad", last, x);
  x = block.add("output_conv", "bn3",
                {{"filters", block.size("output_filters")}, {"kernel_size", last}}, x);
  return {block.with_input(x)};
}

/// With one convolution in the place of the first two.
std::vector<ValueId> fused_efficient_block(LayerCall& call) {
  const Config config = call.config();
  const EfficientBlock block(call);
  const std::int64_t kernel = block.size("kernel_size");
  const std::int64_t last = size_in(config, "projection_kernel_size", 1);
  ValueId x = block.pad("conv1_pad", kernel, call.input());
  x = block.add(
      "conv1", "bn1",
      {{"filters", block.filters()}, {"kernel_size", kernel}, {"strides", block.size("strides")}},
      x);
  x = block.excite(block.activate(x));
  x = block.pad("output_conv_pad", last, x);
  x = block.add("output_conv", "bn2",
                {{"filters", block.size("output_filters")}, {"kernel_size", last}}, x);
  if (config.integer("expand_ratio", 1) == 1) {
    x = add_activation(call, config.json().value("projection_activation", Json()), x);
  }
  return {block.with_input(x)};
}

}  // namespace

void register_inverted_residual(Registry& registry) {
  registry.add_layer("keras_hub>DepthwiseConvBlock", mobile_depthwise_block);
  registry.add_layer("keras_hub>InvertedResidualBlock", mobile_inverted_block);
  registry.add_layer("keras_hub>ConvBnActBlock", mobile_last_block);
  registry.add_layer("keras_hub>MBConvBlock", efficient_block);
  registry.add_layer("keras_hub>FusedMBConvBlock", fused_efficient_block);
}

}  // namespace weir::layers
