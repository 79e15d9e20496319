#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace weir::layers {

/// Which indices StringLookup, IntegerLookup and the lookup in a TextVectorization give.
struct LookupIndices {
  std::string mode;  ///< "int", "one_hot", "multi_hot", "count" or "tf_idf".
  bool has_mask = false;
  std::int64_t oov_indices = 1;
  std::int64_t size = 0;   ///< Of all indices.
  std::int64_t depth = 0;  ///< Of encoded outputs: the size, padded.
  /// The vocabulary was given with the tokens for masks and unknown ones.
  bool lists_special_tokens = false;

  bool gives_indices() const { return mode == "int"; }
  /// The mask's index, where it has one, comes first, then those of unknown tokens.
  std::int64_t first_oov() const { return has_mask && gives_indices() ? 1 : 0; }
  std::int64_t first_token() const { return first_oov() + oov_indices; }
  /// Where a mask is: its index, or a number that is no category, nor that of a missing token.
  std::int32_t mask_index() const { return gives_indices() ? 0 : -2; }
};

/// Their vocabulary. `Token` is std::string or std::int64_t.
template <typename Token>
struct IndexLookup {
  LookupIndices indices;
  std::optional<Token> mask;
  std::optional<Token> oov;
  std::vector<Token> tokens;  ///< Without those for masks and unknown tokens.
};

/// Reads it from the layer's config and, for an adapted layer, from the file's assets; `mask` is
/// that of a config which does not give one. Throws kUnsupported where there is no vocabulary,
/// kMalformed for one that Keras would not take.
IndexLookup<std::string> read_string_lookup(LayerCall& call,
                                            const std::optional<std::string>& mask);
IndexLookup<std::int64_t> read_integer_lookup(LayerCall& call);

/// float32 counts (…, depth), each times its token's inverse document frequency.
ValueId times_idf_weights(LayerCall& call, const LookupIndices& indices, ValueId counts);

}  // namespace weir::layers
