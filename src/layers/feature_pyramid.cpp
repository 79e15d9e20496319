#include <algorithm>
#include <map>
#include <string>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "layers/sublayers.h"
#include "ops/concat.h"
#include "ops/reduce.h"

/// What joins features of several sizes in keras-hub's RetinaNet and DeepLabV3.
namespace weir::layers {
namespace {

/// The tensors of a dict that the layer is called on, by the level in their names: "P3" is level 3.
std::map<std::int64_t, ValueId> levels_of(const LayerCall& call) {
  require(call.call() != nullptr && !call.call()->args.empty() && call.call()->args[0].is_object(),
          ErrorCode::kInvalidArgument, "is not called on a dict of features");
  std::map<std::int64_t, ValueId> levels;
  for (const auto& [name, argument] : call.call()->args[0].items()) {
    require(name.size() == 2 && name[0] == 'P' && name[1] >= '1' && name[1] <= '9',
            ErrorCode::kUnsupported, "features named '{}' are not supported", name);
    levels.emplace(name[1] - '0', call.inputs()[argument.at("tensor").get<std::size_t>()]);
  }
  return levels;
}

/// Levels from fine to coarse; each coarser one goes into the one before it.
class FeaturePyramid {
 public:
  explicit FeaturePyramid(LayerCall& call)
      : call_(call),
        layers_(call),
        config_(call.config()),
        inputs_(levels_of(call)),
        first_(config_.integer("min_level", 0)),
        last_(config_.integer("max_level", 0)),
        last_given_(std::min(inputs_.rbegin()->first, last_)) {
    require(first_ >= 1 && first_ <= last_given_ && last_ <= 9, ErrorCode::kMalformed,
            "levels from {} to {}", first_, last_);
    require(!config_.channels_first(), ErrorCode::kUnsupported,
            "data_format channels_first is not supported");
  }

  /// In the order of their names.
  std::vector<ValueId> add() const {
    std::map<std::int64_t, ValueId> features = add_lateral();
    for (std::int64_t level = first_; level <= last_given_; ++level) {
      features[level] = add_output(level, 1, features.at(level));
    }
    for (std::int64_t level = last_given_ + 1; level <= last_; ++level) {
      const bool from_input = level == last_given_ + 1 && config_.boolean("use_p5", false);
      ValueId finer = from_input ? input(level - 1) : features.at(level - 1);
      if (level > last_given_ + 1) finer = add_activation(call_, activation(), finer);
      features[level] = add_norm("output_batch_norms", level, add_output(level, 2, finer));
    }
    std::vector<ValueId> outputs;
    for (const auto& [level, feature] : features) outputs.push_back(feature);
    return outputs;
  }

 private:
  std::map<std::int64_t, ValueId> add_lateral() const {
    std::map<std::int64_t, ValueId> features;
    for (std::int64_t level = last_given_; level >= first_; --level) {
      ValueId feature = layers_.at("lateral_conv_layers", "conv2d", place(level))
                            .add("", "Conv2D", convolution(1, 1), input(level));
      if (level < last_given_) {
        const ValueId larger =
            layers_.add("top_down_op", "UpSampling2D", {{"size", 2}}, features.at(level + 1));
        feature = add_sum(call_, feature, larger);
      }
      features[level] = add_norm("lateral_batch_norm_layers", level, feature);
    }
    return features;
  }

  ValueId add_output(std::int64_t level, std::int64_t stride, ValueId feature) const {
    return layers_.at("output_conv_layers", "conv2d", place(level))
        .add("", "Conv2D", convolution(3, stride), feature);
  }

  ValueId add_norm(std::string_view list, std::int64_t level, ValueId feature) const {
    if (!config_.boolean("use_batch_norm", false)) return feature;
    return layers_.at(list, "batch_normalization", place(level))
        .add("", "BatchNormalization", {{"epsilon", config_.number("batch_norm_epsilon", 1e-3)}},
             feature);
  }

  Json convolution(std::int64_t kernel, std::int64_t stride) const {
    return {{"filters", size_in(config_, "num_filters", 256)},
            {"kernel_size", kernel},
            {"strides", stride},
            {"padding", "same"}};
  }

  Json activation() const { return config_.json().value("activation", Json("relu")); }
  std::size_t place(std::int64_t level) const { return static_cast<std::size_t>(level - first_); }
  ValueId input(std::int64_t level) const {
    const auto found = inputs_.find(level);
    require(found != inputs_.end(), ErrorCode::kInvalidArgument, "there are no features P{}",
            level);
    return found->second;
  }

  LayerCall& call_;
  Sublayers layers_;
  Config config_;
  std::map<std::int64_t, ValueId> inputs_;
  std::int64_t first_;
  std::int64_t last_;
  std::int64_t last_given_;
};

std::vector<ValueId> feature_pyramid(LayerCall& call) { return FeaturePyramid(call).add(); }

/// A convolution, a normalization and an activation in a Sequential model.
ValueId add_sequence(const Sublayers& layers, std::int64_t kernel, std::int64_t dilation,
                     ValueId x) {
  const Config config = layers.call().config();
  const ValueId made = layers.add("layers/conv2d", "Conv2D",
                                  {{"filters", size_in(config, "num_channels", 256)},
                                   {"kernel_size", kernel},
                                   {"dilation_rate", dilation},
                                   {"padding", "same"},
                                   {"use_bias", false}},
                                  x);
  const ValueId normal =
      layers.add("layers/batch_normalization", "BatchNormalization", {{"epsilon", 1e-3}}, made);
  return add_activation(layers.call(), config.json().value("activation", Json("relu")), normal);
}

/// Convolutions that look differently far, and the mean of the whole image, side by side.
std::vector<ValueId> spatial_pyramid_pooling(LayerCall& call) {
  const Config config = call.config();
  require(!config.channels_first(), ErrorCode::kUnsupported,
          "data_format channels_first is not supported");
  const Sublayers layers(call);
  const auto sequence = [&](std::size_t number) {
    return layers.at("aspp_parallel_channels", "sequential", number);
  };
  const ValueId input = call.input();
  std::vector<ValueId> channels{add_sequence(sequence(0), 1, 1, input)};
  for (const std::int64_t rate : config.integers("dilation_rates")) {
    channels.push_back(add_sequence(sequence(channels.size()), 3, rate, input));
  }
  const ValueId mean =
      call.add(ops::make_reduce(kernels::ReduceKind::kMean, {1, 2}, true), {input});
  Resizing resizing;
  resizing.height = call.shape(input)[1];
  resizing.width = call.shape(input)[2];
  channels.push_back(
      add_resizing(call, add_sequence(sequence(channels.size()), 1, 1, mean), resizing));
  const ValueId all = call.add(ops::make_concat(3), std::move(channels));
  return {add_sequence(layers.at("projection"), 1, 1, all)};
}

/// What RetinaNet says of each place: boxes, or classes.
std::vector<ValueId> prediction_head(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const bool normalizes = config.boolean("use_group_norm", false);
  const auto convolution = [](std::int64_t filters, bool has_bias) -> Json {
    return {{"filters", filters}, {"kernel_size", 3}, {"padding", "same"}, {"use_bias", has_bias}};
  };
  ValueId x = call.input();
  const auto count = static_cast<std::size_t>(size_in(config, "num_conv_layers"));
  for (std::size_t i = 0; i < count; ++i) {
    x = layers.at("conv_layers", "conv2d", i)
            .add("", "Conv2D", convolution(size_in(config, "num_filters"), !normalizes), x);
    if (normalizes) {
      x = layers.at("group_norm_layers", "group_normalization", i)
              .add("", "GroupNormalization", {{"groups", 32}, {"epsilon", 1e-3}}, x);
    }
    x = add_activation(call, config.json().value("activation", Json("relu")), x);
  }
  return {layers.add("prediction_layer", "Conv2D",
                     convolution(size_in(config, "output_filters"), true), x)};
}

}  // namespace

void register_feature_pyramid(Registry& registry) {
  registry.add_layer("keras_hub>PredictionHead", prediction_head);
  registry.add_layer("keras_hub>FeaturePyramid", feature_pyramid);
  registry.add_layer("keras_hub>SpatialPyramidPooling", spatial_pyramid_pooling);
}

}  // namespace weir::layers
