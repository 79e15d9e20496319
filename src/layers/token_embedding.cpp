#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/patches.h"
#include "layers/registry.h"

/// Embeddings of keras-hub: of tokens and of their positions.
namespace weir::layers {
namespace {

void refuse_positions(const LayerCall& call) {
  const Json* start = find_argument(call, 1, {"start_index"});
  require(start == nullptr || *start == 0, ErrorCode::kUnsupported,
          "positions that do not begin at 0 are not supported");
  require(!find_tensor(call, 2, "positions"), ErrorCode::kUnsupported,
          "positions as a tensor are not supported");
}

std::int64_t width_of(const LayerCall& call) { return size_in(call.config(), "embedding_dim"); }

/// The positions alone, for each sample of the input.
std::vector<ValueId> position_embedding(LayerCall& call) {
  refuse_positions(call);
  const ValueId input = first_input(call);
  const Shape& shape = call.shape(input);
  const std::int64_t positions = size_in(call.config(), "sequence_length");
  require(shape.rank() == 3 && shape[1] <= positions, ErrorCode::kInvalidArgument,
          "an input of the shape {} does not fit {} positions", to_string(shape), positions);
  return {Sublayers(call).add_rows(0, {positions, shape[2]}, shape[1], input)};
}

/// Waves along the positions, of a length of their own for each pair of elements: a sine and a
/// cosine.
std::vector<ValueId> sine_position_encoding(LayerCall& call) {
  refuse_positions(call);
  const ValueId input = as_float(call, first_input(call));
  const Shape shape = call.shape(input);
  require(shape.rank() == 3, ErrorCode::kInvalidArgument, "the input has the shape {}",
          to_string(shape));
  const double longest = call.config().number("max_wavelength", 10000.0);
  require(longest > 0, ErrorCode::kMalformed, "max_wavelength is {}", longest);
  std::vector<double> waves;
  for (std::int64_t position = 0; position < shape[1]; ++position) {
    for (std::int64_t i = 0; i < shape[2]; ++i) {
      const float part = static_cast<float>(2 * (i / 2)) / static_cast<float>(shape[2]);
      const float turns = std::pow(static_cast<float>(1.0 / longest), part);
      const float angle = static_cast<float>(position) * turns;
      waves.push_back(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  const Operand of_all =
      Operand::array(call.path(), waves, {1, shape[1], shape[2]}, DType::kFloat32);
  const ValueId nothing = add_affine(call, 0.0, 0.0, input);
  return {add_binary(call, kernels::BinaryKind::kAdd, nothing, of_all)};
}

/// A ReversibleEmbedding whose weights are not tied has another table behind the one of tokens.
keras::LayerRecord token_record(const Sublayers& layers, const Config& config) {
  return layers.record("token_embedding", "ReversibleEmbedding",
                       {{"input_dim", config.integer("vocabulary_size", 0)},
                        {"output_dim", config.integer("embedding_dim", 0)},
                        {"tie_weights", config.boolean("tie_weights", true)}});
}

std::vector<ValueId> token_and_position_embedding(LayerCall& call) {
  refuse_positions(call);
  const Sublayers layers(call);
  const keras::LayerRecord record = token_record(layers, call.config());
  const ValueId tokens = call.add_inner(record, {first_input(call)}).front();
  const std::int64_t positions = size_in(call.config(), "sequence_length");
  const graph::Constant table =
      layers.at("position_embedding").weight(0, {positions, width_of(call)});
  return {add_positions(call, table, tokens)};
}

/// Of SigLIP.
std::vector<ValueId> siglip_text_embedding(LayerCall& call) {
  const Sublayers layers(call);
  const keras::LayerRecord record = token_record(layers, call.config());
  const ValueId tokens = call.add_inner(record, {first_input(call)}).front();
  const std::int64_t positions = size_in(call.config(), "sequence_length");
  require(call.shape(tokens)[1] > 1, ErrorCode::kInvalidArgument, "a text of one token");
  return {add_numbered_positions(layers, 0, positions, tokens)};
}

std::vector<Mask> mask_of_tokens(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  if (!call.config().boolean("mask_zero", false)) return {};
  return {add_comparison(call, kernels::ComparisonKind::kNotEqual, first_input(call),
                         Operand::number(0, true))};
}

}  // namespace

void register_token_embedding(Registry& registry) {
  registry.add_layer("keras_hub>PositionEmbedding", position_embedding);
  registry.add_layer("keras_hub>SinePositionEncoding", sine_position_encoding);
  registry.add_layer("keras_hub>TokenAndPositionEmbedding", token_and_position_embedding,
                     mask_of_tokens);
  registry.add_layer("keras_hub>SigLIPTextEmbedding", siglip_text_embedding, mask_of_tokens);
}

}  // namespace weir::layers
