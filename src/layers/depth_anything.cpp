#include <array>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
#include "ops/resize.h"

/// What keras-hub's Depth Anything makes depths with, of the outputs of a vision transformer.
namespace weir::layers {
namespace {

ValueId add_convolution(const Sublayers& layers, std::string_view attribute, std::int64_t filters,
                        std::int64_t kernel, ValueId x, Json options = Json::object()) {
  options["filters"] = filters;
  options["kernel_size"] = kernel;
  return layers.add(attribute, "Conv2D", std::move(options), x);
}

/// With a margin of zeros for its 3 x 3 kernel.
ValueId add_framed_convolution(const Sublayers& layers, std::string_view attribute,
                               std::int64_t filters, ValueId x, Json options = Json::object()) {
  const ValueId framed = layers.add("padding", "ZeroPadding2D", {{"padding", 1}}, x);
  return add_convolution(layers, attribute, filters, 3, framed, std::move(options));
}

ValueId add_relu(LayerCall& call, ValueId x) { return add_activation(call, "relu", x); }

/// Its first and last pixels keep their places.
ValueId add_enlarged(LayerCall& call, ValueId x, std::int64_t height, std::int64_t width) {
  return call.add(ops::make_resize(ops::ResizeMethod::kBilinearCorners, height, width), {x});
}

/// The vectors of the patches as an image.
ValueId add_image(LayerCall& call, ValueId vectors) {
  const Config config = call.config();
  const std::int64_t patch = size_in(config, "patch_size");
  const std::vector<std::int64_t> image = config.sizes("image_size", 2, 0);
  const std::int64_t others =
      config.integer("num_cls_tokens", 1) + config.integer("num_register_tokens", 0);
  const std::int64_t height = image[0] / patch;
  const std::int64_t width = image[1] / patch;
  const Shape shape = call.shape(vectors);
  require(shape.rank() == 3 && others >= 0 && shape[1] - others == height * width,
          ErrorCode::kInvalidArgument, "vectors of the shape {} are no image of {} x {}",
          to_string(shape), height, width);
  const ValueId patches = add_part(call, vectors, {1, others, 1, height * width});
  return add_reshape(call, patches, {shape[0], height, width, shape[2]});
}

/// The image, larger or smaller by a factor.
ValueId add_stage(const Sublayers& stage, std::int64_t filters, double factor, ValueId image) {
  const ValueId x = add_convolution(stage, "projection", filters, 1, image);
  if (factor == 1.0) return x;
  require(factor > 0 && factor < 1024 && factor > 1.0 / 1024, ErrorCode::kMalformed,
          "images get larger by {}", factor);
  if (factor < 1) {
    return add_framed_convolution(stage, "resize", filters, x,
                                  {{"strides", static_cast<std::int64_t>(1 / factor)}});
  }
  const auto stride = static_cast<std::int64_t>(factor);
  return stage.add("resize", "Conv2DTranspose",
                   {{"filters", filters}, {"kernel_size", stride}, {"strides", stride}}, x);
}

ValueId add_residual(const Sublayers& block, ValueId input) {
  LayerCall& call = block.call();
  const std::int64_t filters = call.shape(input).back();
  ValueId x = add_framed_convolution(block, "convolution1", filters, add_relu(call, input));
  x = add_framed_convolution(block, "convolution2", filters, add_relu(call, x));
  return add_sum(call, x, input);
}

/// The images from the smallest on, each with what came of the one before it.
class Fusion {
 public:
  Fusion(const Sublayers& layers, const std::vector<double>& factors)
      : layers_(layers), config_(layers.call().config()) {
    const std::int64_t patch = size_in(config_, "patch_size");
    const std::vector<std::int64_t> image = config_.sizes("image_size", 2, 0);
    const auto along = [&](std::size_t axis, double factor) {
      return static_cast<std::int64_t>(static_cast<double>(image[axis] / patch) * factor);
    };
    for (std::size_t i = factors.size() - 1; i-- > 0;) {
      sizes_.push_back({along(0, factors[i]), along(1, factors[i])});
    }
    sizes_.push_back({2 * sizes_.back()[0], 2 * sizes_.back()[1]});
  }

  std::vector<ValueId> add(const std::vector<ValueId>& images) const {
    LayerCall& call = layers_.call();
    std::vector<ValueId> outputs;
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Sublayers stage = layers_.at("fusion_stage", "depth_anything_feature_fusion_layer", i);
      ValueId x = images[images.size() - 1 - i];
      if (!outputs.empty()) {
        x = add_sum(call, outputs.back(), add_residual(stage.at("residual_layer1"), x));
      }
      x = add_residual(stage.at("residual_layer2"), x);
      x = add_enlarged(call, x, sizes_[i][0], sizes_[i][1]);
      outputs.push_back(
          add_convolution(stage, "projection", size_in(config_, "fusion_hidden_dim"), 1, x));
    }
    return outputs;
  }

 private:
  Sublayers layers_;
  Config config_;
  std::vector<std::array<std::int64_t, 2>> sizes_;
};

std::vector<ValueId> neck(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::size_t count = call.inputs().size();
  const std::vector<double> factors = config.numbers("reassemble_factors");
  require(count >= 2 && factors.size() == count, ErrorCode::kInvalidArgument,
          "is called on {} tensors, and has {} factors", count, factors.size());
  const std::vector<std::int64_t> filters = config.sizes("neck_hidden_dims", count, 0);
  std::vector<ValueId> images;
  for (std::size_t i = 0; i < count; ++i) {
    const Sublayers stage = layers.at("reassemble_stage", "depth_anything_reassemble_layer", i);
    const ValueId image =
        add_stage(stage, filters[i], factors[i], add_image(call, call.inputs()[i]));
    images.push_back(add_framed_convolution(layers.at("convs", "conv2d", i), "",
                                            size_in(config, "fusion_hidden_dim"), image,
                                            {{"use_bias", false}}));
  }
  return Fusion(layers, factors).add(images);
}

std::vector<ValueId> head(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  const std::size_t index = to_axis(config.integer("head_in_index", -1), call.inputs().size());
  const std::int64_t patch = size_in(config, "patch_size");
  ValueId x = add_framed_convolution(layers, "conv1", size_in(config, "fusion_hidden_dim") / 2,
                                     call.inputs()[index]);
  x = add_enlarged(call, x, size_in(config, "patch_height") * patch,
                   size_in(config, "patch_width") * patch);
  x = add_framed_convolution(layers, "conv2", size_in(config, "head_hidden_dim"), x);
  return {add_convolution(layers, "conv3", 1, 1, add_relu(call, x))};
}

}  // namespace

void register_depth_anything(Registry& registry) {
  registry.add_layer("keras_hub>DepthAnythingNeck", neck);
  registry.add_layer("keras_hub>DepthAnythingDepthEstimationHead", head);
}

}  // namespace weir::layers
