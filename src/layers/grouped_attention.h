#pragma once

#include "layers/scored_attention.h"

namespace weir::layers {

/// How the language models of keras-hub differ in their attention with rotary embeddings and with
/// queries that share keys.
struct GroupedAttention {
  /// What comes before the attributes of the projections to heads, and of that back.
  const char* prefix = "_";
  const char* output_prefix = prefix;
  bool has_bias = false;          ///< In the projections to heads.
  bool normalizes_heads = false;  ///< Queries and keys, before they are turned.
};

/// The keys that a query may attend to by the config of a decoder layer; 0 for any number.
std::int64_t window_in(const Config& config);

/// Attention by the layer whose parts `attention` has, as the config of the call's layer and its
/// masks say.
ValueId add_grouped_attention(const Sublayers& attention, const GroupedAttention& traits,
                              ValueId x);

}  // namespace weir::layers
