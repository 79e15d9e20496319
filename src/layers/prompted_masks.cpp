#include <numbers>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/flat_attention.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/concat.h"
#include "ops/unary.h"

/// What keras-hub's Segment Anything makes masks of images with: of points, boxes and masks that
/// prompt it.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

constexpr double kEpsilon = 1e-6;
constexpr std::int64_t kDeepest =
    100;  ///< Of layers one after the other that are made of a number.

/// Dense layers one after the other, with an activation between two of them.
ValueId add_dense_layers(const Sublayers& mlp, const std::vector<std::int64_t>& units, ValueId x,
                         const Json& activation = "relu") {
  for (std::size_t i = 0; i < units.size(); ++i) {
    x = add_dense(mlp.at("mlp_block/layers", "dense", i), "", units[i], x);
    if (i + 1 < units.size()) x = add_activation(mlp.call(), activation, x);
  }
  return x;
}

class PromptEncoder {
 public:
  explicit PromptEncoder(LayerCall& call)
      : call_(call),
        config_(call.config()),
        layers_(call),
        width_(size_in(config_, "hidden_size")),
        grid_(config_.sizes("image_embedding_size", 2, 0)) {
    require(width_ % 2 == 0, ErrorCode::kMalformed, "hidden_size is {}", width_);
  }

  /// Of each point: where it is, and whether it is on what is looked for (1), beside it (0), or
  /// none at all (-1).
  ValueId add_points(ValueId points, ValueId labels) const {
    const ValueId places = add_places(points);
    const Shape shape = call_.shape(places);
    const ValueId kinds = add_reshape(call_, labels, {shape[0], shape[1], 1});
    const auto is = [&](double kind) {
      return add_comparison(call_, kernels::ComparisonKind::kEqual, kinds, Operand::real(kind));
    };
    const ValueId embedded =
        add_select(call_, is(0.0), add_vector("background_point_embed", places),
                   add_vector("foreground_point_embed", places));
    const ValueId none = layers_.at("not_a_point_embed").add_rows(0, {1, width_}, 1, places);
    return add_select(call_, is(-1.0), none, embedded);
  }

  /// Of each box, its two corners.
  ValueId add_boxes(ValueId boxes) const {
    const ValueId places = add_places(boxes);
    const Shape shape = call_.shape(places);
    const auto corner = [&](std::int64_t index, const char* attribute) {
      return add_vector(attribute, add_part(call_, places, {2, index, 1, 1}));
    };
    const ValueId corners =
        call_.add(ops::make_concat(2),
                  {corner(0, "top_left_corner_embed"), corner(1, "bottom_right_corner_embed")});
    return add_reshape(call_, corners, {shape[0], 2 * shape[1], width_});
  }

  ValueId add_mask(ValueId masks) const {
    const Shape shape = call_.shape(masks);
    require(shape.rank() == 5 && shape[1] == 1, ErrorCode::kUnsupported,
            "masks of the shape {} are not supported: one for each image", to_string(shape));
    const Json activation = config_.json().value("activation", Json("gelu"));
    const std::int64_t channels = size_in(config_, "mask_in_channels", 16);
    const Sublayers layers = layers_.at("mask_downscaler");
    const auto smaller = [&](std::size_t index, std::int64_t filters, ValueId x) {
      x = layers.at("layers", "conv2d", index)
              .add("", "Conv2D", {{"filters", filters}, {"kernel_size", 2}, {"strides", 2}}, x);
      x = add_layer_norm(layers.at("layers", "layer_normalization", index), "", kEpsilon, x);
      return add_activation(call_, activation, x);
    };
    ValueId x = add_reshape(call_, masks, {shape[0], shape[2], shape[3], shape[4]});
    x = smaller(1, channels, smaller(0, channels / 4, x));
    return layers.at("layers", "conv2d", 2)
        .add("", "Conv2D", {{"filters", width_}, {"kernel_size", 1}}, x);
  }

  ValueId add_no_mask(ValueId like) const {
    const ValueId vector = layers_.at("no_mask_embed").add_rows(0, {1, width_}, 1, like);
    const ValueId pixel = add_reshape(call_, vector, {call_.shape(like)[0], 1, 1, width_});
    return add_broadcast(call_, pixel, {-1, grid_[0], grid_[1], -1});
  }

  /// The place of each pixel of the grid, (1, height, width, hidden_size).
  ValueId add_grid() const {
    std::vector<double> places;
    for (std::int64_t y = 0; y < grid_[0]; ++y) {
      for (std::int64_t x = 0; x < grid_[1]; ++x) {
        places.push_back((static_cast<double>(x) + 0.5) / static_cast<double>(grid_[1]));
        places.push_back((static_cast<double>(y) + 0.5) / static_cast<double>(grid_[0]));
      }
    }
    return add_waves(as_value(
        call_, Operand::array(call_.path(), places, {1, grid_[0], grid_[1], 2}, DType::kFloat32)));
  }

 private:
  /// Pixels (…, 2), first along the width, as parts of the image.
  ValueId add_places(ValueId pixels) const {
    const std::vector<std::int64_t> image = config_.sizes("input_image_size", 2, 0);
    require(call_.shape(pixels).rank() >= 3 && call_.shape(pixels).back() == 2,
            ErrorCode::kInvalidArgument, "points have the shape {}",
            to_string(call_.shape(pixels)));
    const Operand sizes =
        Operand::array(call_.path(), {static_cast<double>(image[1]), static_cast<double>(image[0])},
                       {2}, DType::kFloat32);
    const ValueId middles = add_affine(call_, 1.0, 0.5, as_float(call_, pixels));
    return add_waves(add_division(call_, middles, sizes));
  }

  /// Waves of random directions at places from 0 to 1.
  ValueId add_waves(ValueId places) const {
    const ValueId turned = add_dense(layers_, "positional_embedding_layer", width_ / 2,
                                     add_affine(call_, 2.0, -1.0, places), {{"use_bias", false}});
    const ValueId angles = add_affine(call_, 2.0 * std::numbers::pi, 0.0, turned);
    const auto wave = [&](kernels::UnaryKind kind) {
      return call_.add(ops::make_unary({kind}), {angles});
    };
    return call_.add(ops::make_concat(call_.shape(angles).rank() - 1),
                     {wave(kernels::UnaryKind::kSin), wave(kernels::UnaryKind::kCos)});
  }

  ValueId add_vector(const char* attribute, ValueId x) const {
    return add_weight(call_, layers_.at(attribute).weight(0, {1, width_}), x);
  }

  LayerCall& call_;
  Config config_;
  Sublayers layers_;
  std::int64_t width_;
  std::vector<std::int64_t> grid_;
};

/// In the order of their names: for the pixels, their places, and for the points.
std::vector<ValueId> prompt_encoder(LayerCall& call) {
  const Mask points = tensor_argument(call, 1, "points");
  const Mask labels = tensor_argument(call, 2, "labels");
  const Mask boxes = tensor_argument(call, 3, "boxes");
  const Mask masks = tensor_argument(call, 4, "masks");
  require(points.has_value() == labels.has_value(), ErrorCode::kInvalidArgument,
          "points and their labels belong together");
  require(points || boxes, ErrorCode::kUnsupported, "prompts of masks only are not supported");
  const PromptEncoder encoder(call);
  std::vector<ValueId> prompts;
  if (points) prompts.push_back(encoder.add_points(*points, *labels));
  if (boxes) prompts.push_back(encoder.add_boxes(*boxes));
  const ValueId all =
      prompts.size() == 1 ? prompts.front() : call.add(ops::make_concat(1), prompts);
  const ValueId pixels = masks ? encoder.add_mask(*masks) : encoder.add_no_mask(all);
  return {pixels, encoder.add_grid(), all};
}

/// Tokens and pixels that attend to each other.
class TwoWayTransformer {
 public:
  explicit TwoWayTransformer(const Sublayers& layers)
      : layers_(layers),
        config_(layers.call().config()),
        width_(size_in(config_, "hidden_size")),
        heads_(size_in(config_, "num_heads")) {}

  struct Sides {
    ValueId tokens;
    ValueId pixels;
  };

  /// `places` are the pixels'; the tokens' are the tokens as they are at first.
  Sides add(const Sides& first, ValueId places) const {
    Sides x = first;
    const auto count = static_cast<std::size_t>(size_in(config_, "num_layers"));
    for (std::size_t i = 0; i < count; ++i) {
      const Sublayers layer = layers_.at("layers", "two_way_multi_head_attention", i);
      x = add_layer(layer, i == 0, x, {first.tokens, places});
    }
    const ValueId attended = attend(layers_, "final_attention_token_to_image", 2,
                                    {sum(x.tokens, first.tokens), sum(x.pixels, places), x.pixels});
    return {add_layer_norm(layers_, "final_layer_norm", 1e-5, sum(x.tokens, attended)), x.pixels};
  }

 private:
  Sides add_layer(const Sublayers& layer, bool is_first, const Sides& input,
                  const Sides& places) const {
    const auto norm = [&](const char* attribute, ValueId x) {
      return add_layer_norm(layer, attribute, 1e-5, x);
    };
    ValueId tokens = input.tokens;
    const ValueId placed = is_first ? tokens : sum(tokens, places.tokens);
    const ValueId own = attend(layer, "self_attention", 1, {placed, placed, tokens});
    tokens = norm("layer_norm1", is_first ? own : sum(tokens, own));
    const ValueId of_pixels =
        attend(layer, "cross_attention_token_to_image", 2,
               {sum(tokens, places.tokens), sum(input.pixels, places.pixels), input.pixels});
    tokens = norm("layer_norm2", sum(tokens, of_pixels));
    tokens =
        norm("layer_norm3",
             sum(tokens, add_dense_layers(layer.at("mlp_block"),
                                          {size_in(config_, "intermediate_dim"), width_}, tokens)));
    const ValueId of_tokens =
        attend(layer, "cross_attention_image_to_token", 2,
               {sum(input.pixels, places.pixels), sum(tokens, places.tokens), tokens});
    return {tokens, norm("layer_norm4", sum(input.pixels, of_tokens))};
  }

  /// With heads that are `narrower` times as narrow.
  ValueId attend(const Sublayers& layer, const char* attribute, std::int64_t narrower,
                 const AttentionInputs& inputs) const {
    const std::int64_t size = head_size(width_, heads_);
    return add_flat_attention(layer.at(attribute), heads_, size / narrower * heads_, size * heads_,
                              inputs);
  }

  ValueId sum(ValueId a, ValueId b) const { return add_sum(layers_.call(), a, b); }

  Sublayers layers_;
  Config config_;
  std::int64_t width_;
  std::int64_t heads_;
};

/// The image four times as large, with an eighth of the channels.
ValueId add_enlarged(const Sublayers& layers, const Json& activation, ValueId image) {
  LayerCall& call = layers.call();
  const std::int64_t channels = call.shape(image).back();
  const auto larger = [&](std::size_t index, std::int64_t filters, ValueId x) {
    return layers.at("layers", "conv2d_transpose", index)
        .add("", "Conv2DTranspose", {{"filters", filters}, {"kernel_size", 2}, {"strides", 2}}, x);
  };
  ValueId x = larger(0, channels / 4, image);
  x = add_layer_norm(layers, "layers/layer_normalization", kEpsilon, x);
  x = larger(1, channels / 8, add_activation(call, activation, x));
  return add_activation(call, activation, x);
}

/// How well each mask may fit, and the masks.
std::vector<ValueId> mask_decoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const auto argument = [&](std::size_t position, const char* name) {
    const Mask value = tensor_argument(call, position, name);
    require(value.has_value(), ErrorCode::kInvalidArgument, "is called without {}", name);
    return as_float(call, *value);
  };
  const ValueId prompts = argument(2, "prompt_sparse_embeddings");
  const ValueId image =
      add_sum(call, argument(0, "image_embeddings"), argument(3, "prompt_dense_embeddings"));
  const ValueId places = argument(1, "prompt_dense_positional_embeddings");
  const Shape shape = call.shape(image);
  require(shape.rank() == 4, ErrorCode::kInvalidArgument, "images have the shape {}",
          to_string(shape));
  const std::int64_t width = size_in(config, "embedding_dim", 256);
  const std::int64_t masks = size_in(config, "num_multimask_outputs", 3) + 1;
  const ValueId tokens =
      call.add(ops::make_concat(1),
               {layers.at("iou_token").add_rows(0, {1, width}, 1, prompts),
                layers.at("mask_tokens").add_rows(0, {masks, width}, masks, prompts), prompts});
  const std::int64_t pixels = shape[1] * shape[2];
  const auto as_sequence = [&](ValueId x) {
    return add_reshape(call, x, {call.shape(x)[0], pixels, shape[3]});
  };
  const TwoWayTransformer::Sides sides =
      TwoWayTransformer(layers.at("transformer"))
          .add({tokens, as_sequence(image)}, as_sequence(places));

  const Json activation = config.json().value("activation", Json("gelu"));
  const ValueId large = add_enlarged(layers.at("output_upscaling"), activation,
                                     add_reshape(call, sides.pixels, shape));
  const auto token = [&](std::int64_t index) {
    const ValueId part = add_part(call, sides.tokens, {1, index, 1, 1});
    return add_reshape(call, part, {shape[0], width});
  };
  std::vector<ValueId> weights;
  for (std::int64_t i = 0; i < masks; ++i) {
    const Sublayers mlp =
        layers.at("output_hypernetworks_mlps", "mlp", static_cast<std::size_t>(i));
    const ValueId of_mask = add_dense_layers(mlp, {width, width, width / 8}, token(i + 1));
    weights.push_back(add_reshape(call, of_mask, {shape[0], 1, width / 8}));
  }
  const Shape size = call.shape(large);
  const ValueId channels = add_transpose(
      call, add_reshape(call, large, {size[0], size[1] * size[2], size[3]}), {0, 2, 1});
  const ValueId products =
      call.add(ops::make_batch_matmul(), {call.add(ops::make_concat(1), weights), channels});

  const std::int64_t depth = size_in(config, "iou_head_depth", 3);
  require(depth <= kDeepest, ErrorCode::kMalformed, "iou_head_depth is {}", depth);
  std::vector<std::int64_t> units(static_cast<std::size_t>(depth),
                                  size_in(config, "iou_head_hidden_dim", 256));
  units.back() = masks;
  return {add_dense_layers(layers.at("iou_prediction_head"), units, token(0)),
          add_reshape(call, products, {size[0], masks, size[1], size[2]})};
}

}  // namespace

void register_prompted_masks(Registry& registry) {
  registry.add_layer("keras_hub>SAMPromptEncoder", prompt_encoder);
  registry.add_layer("keras_hub>SAMMaskDecoder", mask_decoder);
}

}  // namespace weir::layers
