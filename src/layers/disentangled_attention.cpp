#include <algorithm>
#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
#include "ops/batch_matmul.h"
#include "ops/softmax.h"
#include "ops/take_along.h"

/// The layers of keras-hub's DeBERTaV3: scores of contents with contents, and of contents with
/// embeddings of the distance both ways.
namespace weir::layers {
namespace {

/// The embeddings of all distances, for each sample.
std::vector<ValueId> relative_embedding(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t rows = 2 * size_in(config, "bucket_size", 256);
  const ValueId table =
      layers.add_rows(0, {rows, size_in(config, "hidden_dim")}, rows, first_input(call));
  return {add_layer_norm(layers, "layer_norm", config.number("layer_norm_epsilon", 1e-5), table)};
}

/// Distances by their rows in the table: near ones have one each, farther ones share.
class Distances {
 public:
  explicit Distances(const Config& config)
      : span_(size_in(config, "bucket_size", 256)),
        farthest_(size_in(config, "max_position_embeddings", 512)) {
    require(span_ >= 2 && farthest_ > span_ / 2 + 1, ErrorCode::kMalformed,
            "{} buckets for {} positions", span_, farthest_);
  }

  std::int64_t rows() const { return 2 * span_; }
  std::int64_t row_of(std::int64_t distance) const {
    return std::clamp<std::int64_t>(bucket_of(distance) + span_, 0, rows() - 1);
  }

 private:
  std::int64_t bucket_of(std::int64_t distance) const {
    const std::int64_t middle = span_ / 2;
    const std::int64_t length = std::abs(distance) < middle ? middle - 1 : std::abs(distance);
    if (length <= middle) return distance;
    const auto near = static_cast<float>(middle);
    const float share = std::log(static_cast<float>(length) / near) *
                        static_cast<float>(middle - 1) /
                        std::log(static_cast<float>(farthest_ - 1) / near);
    const auto bucket = static_cast<std::int64_t>(std::ceil(share)) + middle;
    return distance < 0 ? -bucket : bucket;
  }

  std::int64_t span_;
  std::int64_t farthest_;
};

/// Attention of one layer; all tensors are (batch, heads, positions, size).
class DisentangledAttention {
 public:
  DisentangledAttention(LayerCall& call, ValueId x)
      : call_(call),
        layers_(Sublayers(call).at("_self_attention_layer")),
        distances_(call.config()),
        heads_(size_in(call.config(), "num_heads")),
        shape_(call.shape(x)),
        size_(head_size(shape_.back(), heads_)) {}

  ValueId add(ValueId x, ValueId embeddings, const std::vector<ValueId>& masks) const {
    constexpr double kKinds = 3.0;  // Of scores that are added.
    constexpr double kMasked = -1e9;
    const ValueId queries = project("_query_dense", x);
    const ValueId keys = project("_key_dense", x);
    ValueId scores = multiply(queries, keys);
    scores = add_sum(call_, scores, by_distance(queries, "_key_dense", embeddings, 1));
    const ValueId of_keys = by_distance(keys, "_query_dense", embeddings, -1);
    scores = add_sum(call_, scores, add_transpose(call_, of_keys, {0, 1, 3, 2}));
    scores = add_affine(call_, 1.0 / std::sqrt(kKinds * static_cast<double>(size_)), 0.0, scores);
    for (const ValueId mask : masks) {
      scores = add_select(call_, mask, scores, Operand::number(kMasked, false));
    }
    ValueId weights = call_.add(ops::make_softmax(3), {scores});
    for (const ValueId mask : masks) {
      weights = add_select(call_, mask, weights, Operand::number(0, false));
    }
    const ValueId result =
        call_.add(ops::make_batch_matmul(), {weights, project("_value_dense", x)});
    const ValueId joined = add_reshape(call_, add_transpose(call_, result, {0, 2, 1, 3}), shape_);
    return add_einsum_dense(layers_, "_output_dense", "abc,cd->abd", {shape_.back()}, joined, "d");
  }

 private:
  ValueId project(const char* attribute, ValueId x) const {
    const ValueId projected =
        add_einsum_dense(layers_, attribute, "abc,cde->abde", {heads_, size_}, x, "de");
    return add_transpose(call_, projected, {0, 2, 1, 3});
  }

  ValueId multiply(ValueId a, ValueId b) const {
    return call_.add(ops::make_batch_matmul(), {a, add_transpose(call_, b, {0, 1, 3, 2})});
  }

  /// The products with the embeddings of the distance from each position to each other one, which
  /// `sign` turns round.
  ValueId by_distance(ValueId contents, const char* attribute, ValueId embeddings,
                      std::int64_t sign) const {
    const ValueId products = multiply(contents, project(attribute, embeddings));
    std::vector<double> rows;
    for (std::int64_t sample = 0; sample < shape_[0]; ++sample) {
      for (std::int64_t i = 0; i < shape_[1]; ++i) {
        for (std::int64_t j = 0; j < shape_[1]; ++j) {
          rows.push_back(static_cast<double>(distances_.row_of(sign * (i - j))));
        }
      }
    }
    const Operand of_samples =
        Operand::array(call_.path(), rows, {shape_[0], 1, shape_[1], shape_[1]}, DType::kInt32);
    const ValueId places =
        add_broadcast(call_, as_value(call_, of_samples), {-1, heads_, shape_[1], shape_[1]});
    return call_.add(ops::make_take_along(), {products, places});
  }

  LayerCall& call_;
  Sublayers layers_;
  Distances distances_;
  std::int64_t heads_;
  Shape shape_;
  std::int64_t size_;
};

std::vector<ValueId> disentangled_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-5);
  const std::optional<ValueId> embeddings = tensor_argument(call, 1, "rel_embeddings");
  require(embeddings.has_value(), ErrorCode::kInvalidArgument, "is called without rel_embeddings");
  const ValueId input = main_argument(call, "inputs");
  const ValueId attended =
      DisentangledAttention(call, input)
          .add(input, *embeddings, score_masks(call, {2, "padding_mask", "attention_mask"}));
  const ValueId normal =
      add_layer_norm(layers, "_self_attention_layer_norm", epsilon, add_sum(call, attended, input));
  const Json activation = config.json().value("activation", Json("relu"));
  ValueId x = add_dense(layers, "_feedforward_intermediate_dense",
                        size_in(config, "intermediate_dim"), normal, {{"activation", activation}});
  x = add_dense(layers, "_feedforward_output_dense", call.shape(input).back(), x);
  return {add_layer_norm(layers, "_feedforward_layer_norm", epsilon, add_sum(call, x, normal))};
}

}  // namespace

void register_disentangled_attention(Registry& registry) {
  registry.add_layer("keras_hub>RelativeEmbedding", relative_embedding);
  registry.add_layer("keras_hub>DisentangledAttentionEncoder", disentangled_encoder,
                     pass_first_mask);
}

}  // namespace weir::layers
