#pragma once

#include "kernels/attention.h"
#include "layers/attention_masks.h"
#include "layers/sublayers.h"

/// What the attentions of keras-hub's language models share.
namespace weir::layers {

/// Several queries may share a key.
struct Heads {
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t size;
};

/// Those of a layer of vectors of `width` elements.
Heads read_heads(const Config& config, std::int64_t width);

/// Attention by products of queries and keys.
struct ScoredAttention {
  std::int64_t size;        ///< Whose root divides the scores: that of a head, mostly.
  std::int64_t window = 0;  ///< Keys that a query may attend to; 0 for any number.
  double soft_cap = 0.0;    ///< What a score stays below; 0 for anything.
  bool causal = true;       ///< A query takes no key behind its own position.
  kernels::MaskedScore masked = kernels::MaskedScore::kDropped;
  /// One more score for each head (heads), of a key without a value; nothing where there is none.
  std::optional<graph::Constant> sinks = {};
};

/// Of queries (batch, positions, heads, size), and keys and values of as many heads or of fewer.
ValueId add_scored_attention(LayerCall& call, const ScoredAttention& attention, ValueId queries,
                             ValueId keys, ValueId values, const std::vector<ValueId>& masks);

/// Where most decoder layers are given masks.
inline constexpr MaskArguments kDecoderMasks{1, "decoder_padding_mask", "decoder_attention_mask"};

}  // namespace weir::layers
