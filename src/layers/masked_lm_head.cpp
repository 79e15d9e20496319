#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"

/// What keras-hub's masked language models guess words with.
namespace weir::layers {
namespace {

/// Scores of all words for each vector: by a table of embeddings, or by a weight of the layer's.
ValueId add_words(const Sublayers& layers, const Config& config, ValueId x) {
  LayerCall& call = layers.call();
  const std::int64_t words = size_in(config, "vocabulary_size");
  if (!config.has("token_embedding")) {
    keras::LayerRecord dense = layers.record("", "Dense", {{"units", words}});
    return call.add_inner(dense, {x}).front();
  }
  require(
      !call.has_weights() || layers.has("token_embedding"), ErrorCode::kUnsupported,
      "its token embedding's weights are at another layer, and the file does not say clearly at "
      "which; give the layer a vocabulary_size instead of a token_embedding");
  const Json embedding = config.json().at("token_embedding").value("config", Json::object());
  keras::LayerRecord table = layers.record("token_embedding", "ReversibleEmbedding", embedding);
  table.config["reverse"] = true;
  return add_weight(call, layers.weight(0, {words}), call.add_inner(table, {x}).front());
}

std::vector<ValueId> masked_lm_head(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::optional<ValueId> places = tensor_argument(call, 1, "mask_positions");
  require(places.has_value(), ErrorCode::kInvalidArgument, "is called without mask_positions");
  const ValueId vectors = main_argument(call, "inputs");
  require(call.shape(vectors).rank() == 3 && call.shape(*places).rank() == 2,
          ErrorCode::kInvalidArgument, "is called on the shapes {} and {}",
          to_string(call.shape(vectors)), to_string(call.shape(*places)));
  const Json embedding = config.json().value("token_embedding", Json());
  const std::int64_t width =
      embedding.is_object()
          ? size_in(Config(embedding.value("config", Json::object())), "output_dim")
          : call.shape(vectors).back();
  ValueId x = add_vectors_at(call, vectors, add_cast(call, DType::kInt32, *places));
  x = add_dense(layers, "_intermediate_dense", width, x,
                {{"activation", config.json().value("intermediate_activation", Json("relu"))}});
  x = add_layer_norm(layers, "_intermediate_layer_norm", config.number("layer_norm_epsilon", 1e-5),
                     x);
  return {add_activation(call, config.json().value("activation", Json()),
                         add_words(layers, config, x))};
}

}  // namespace

void register_masked_lm_head(Registry& registry) {
  registry.add_layer("keras_hub>MaskedLMHead", masked_lm_head);
}

}  // namespace weir::layers
