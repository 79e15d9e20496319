#include "base/fail.h"
#include "layers/as_declared.h"
#include "layers/categories.h"
#include "layers/index_lookup.h"
#include "layers/registry.h"
#include "layers/salt.h"
#include "ops/vocabulary_lookup.h"

namespace weir::layers {
namespace {

template <typename Token>
ops::Vocabulary<Token> vocabulary_of(LayerCall& call, const std::vector<Token>& tokens) {
  return {call.path() + "/vocabulary", tokens};
}

ops::Oov oov_of(const LayerCall& call, std::int64_t indices, bool of_integers) {
  if (indices <= 1) return indices == 0 ? ops::Oov::kError : ops::Oov::kOne;
  const bool by_remainder =
      of_integers && call.config().text("oov_method", "floormod") != "farmhash";
  return by_remainder ? ops::Oov::kModulo : ops::Oov::kHash;
}

template <typename Token>
ValueId add_lookup(LayerCall& call, const IndexLookup<Token>& lookup, ValueId input) {
  const LookupIndices& indices = lookup.indices;
  ops::LookupRules<Token> rules{
      lookup.mask,
      indices.mask_index(),
      static_cast<std::int32_t>(indices.first_token()),
      oov_of(call, indices.oov_indices, !std::is_same_v<Token, std::string>),
      static_cast<std::int32_t>(indices.first_oov()),
      std::max<std::int64_t>(indices.oov_indices, 1),
      salt_of(call.config())};
  return call.add(ops::make_lookup(vocabulary_of(call, lookup.tokens), std::move(rules)), {input});
}

/// Tokens in the order of their indices: those of masks and of unknown tokens have some, too.
template <typename Token>
ValueId add_inverse_lookup(LayerCall& call, const IndexLookup<Token>& lookup, ValueId input) {
  require(lookup.indices.gives_indices(), ErrorCode::kMalformed,
          "an inverted lookup has output_mode '{}'", lookup.indices.mode);
  require(lookup.oov.has_value(), ErrorCode::kMalformed, "an inverted lookup has no oov_token");
  std::vector<Token> tokens;
  if (lookup.mask) tokens.push_back(*lookup.mask);
  tokens.resize(static_cast<std::size_t>(lookup.indices.first_token()), *lookup.oov);
  tokens.insert(tokens.end(), lookup.tokens.begin(), lookup.tokens.end());
  return call.add(ops::make_inverse_lookup(vocabulary_of(call, tokens), *lookup.oov), {input});
}

template <typename Token>
std::vector<ValueId> add_layer(LayerCall& call, const IndexLookup<Token>& lookup) {
  const ValueId input = as_declared(call, call.input());
  if (call.config().boolean("invert", false)) return {add_inverse_lookup(call, lookup, input)};
  const ValueId found = add_lookup(call, lookup, input);
  const LookupIndices& indices = lookup.indices;
  if (indices.mode != "tf_idf") {
    const DType encoded = call.keras2() ? DType::kFloat32 : DType::kInt32;
    return {encode_categories(call, found, indices.mode, indices.depth, encoded)};
  }
  const ValueId counts = encode_categories(call, found, "count", indices.depth, DType::kFloat32);
  return {times_idf_weights(call, indices, counts)};
}

std::vector<ValueId> integer_lookup(LayerCall& call) {
  return add_layer(call, read_integer_lookup(call));
}

std::vector<ValueId> string_lookup(LayerCall& call) {
  return add_layer(call, read_string_lookup(call, std::nullopt));
}

}  // namespace

void register_lookup(Registry& registry) {
  registry.add_layer("IntegerLookup", integer_lookup);
  registry.add_layer("StringLookup", string_lookup);
}

}  // namespace weir::layers
