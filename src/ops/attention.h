#pragma once

#include <optional>

#include "graph/operation.h"
#include "kernels/attention.h"

namespace weir::ops {

/// The weights of kTanh, one for each element of a key; or one weight for all of them.
struct AttentionTerms {
  graph::Constant weight;
  std::size_t count;
};

struct AttentionAttributes {
  kernels::AttentionRule rule = {};
  std::optional<AttentionTerms> terms = {};
  bool returns_scores = false;
};

/// Attention of queries (…, queries, heads, size) to keys (…, keys, key heads, size) with values
/// (…, keys, key heads, value size), giving (…, queries, heads, value size) and, where wanted, the
/// scores after the softmax, (…, heads, queries, keys). What follows these three inputs are bool
/// masks (…, heads, queries, keys), of which each of the last three axes may be 1; of those before
/// them all or none.
graph::OperationPtr make_attention(AttentionAttributes attributes);

}  // namespace weir::ops
