#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/thread_pool.h"

/// Attention: each query's average of the values, weighted by the softmax of its scores with the
/// keys. Scores exist for a few queries at a time only.
namespace weir::kernels {

/// Row-major arrays: queries are (samples, queries, heads, key_size), keys (samples, keys,
/// key_heads, key_size), values (samples, keys, key_heads, value_size), results (samples, queries,
/// heads, value_size), scores (samples, heads, queries, keys). `key_heads` divides `heads`:
/// neighbouring heads share keys and values.
struct AttentionShape {
  std::size_t samples = 1;
  std::size_t heads = 1;
  std::size_t key_heads = 1;
  std::size_t queries = 0;
  std::size_t keys = 0;
  std::size_t key_size = 0;
  std::size_t value_size = 0;
};

/// How a query and a key make a score.
enum class ScoreKind : std::uint8_t {
  kProduct,  ///< scale * sum of q * k
  kTanh,     ///< sum of term * tanh(q + k)
};

/// What becomes of a score that is masked, before the softmax. In a row of which all is masked,
/// weights are equal where scores are replaced, and what rounding leaves where they are lowered.
enum class MaskedScore : std::uint8_t {
  kReplaced,  ///< By a huge negative number.
  kLowered,   ///< By 1e9.
  kDropped,   ///< As replaced, and the weight is 0 whatever else is masked.
};

struct AttentionRule {
  ScoreKind score = ScoreKind::kProduct;
  MaskedScore masked = MaskedScore::kReplaced;
  float scale = 1.0F;
  bool causal = false;     ///< Query i takes no key behind key i.
  std::size_t window = 0;  ///< Nor one `window` or more away from it; 0 for any distance.
};

/// Element (sample, head, query, key) is at the sum of the indices times the strides, which are 0
/// along axes that it repeats. True keeps.
struct AttentionMask {
  const bool* data;
  std::array<std::size_t, 4> strides;
};

struct AttentionArrays {
  const float* queries;
  const float* keys;
  const float* values;
  const float* terms;  ///< `key_size` floats; null for ones. Only for kTanh.
  float* results;
  float* scores;  ///< The weights, after the softmax; null where nobody wants them.
};

/// Bytes of scratch, aligned to kAlignment, that `attention` needs with a pool of `threads`.
std::size_t attention_scratch_bytes(const AttentionShape& shape, std::size_t threads);

/// An element of the results has the same bits whatever the number of samples and of threads.
/// Allocates nothing.
void attention(const AttentionShape& shape, const AttentionRule& rule,
               std::span<const AttentionMask> masks, const AttentionArrays& arrays,
               std::byte* scratch, const ThreadPool& pool);

/// scores[r * keys + j] = sum of terms[d] * tanh(queries[r * stride + d] + key j's element d), of
/// keys packed as the weights of a product (key_size x keys).
void tanh_scores(std::size_t rows, std::size_t keys, std::size_t key_size, const float* queries,
                 std::size_t stride, const float* packed_keys, const float* terms, float* scores);

}  // namespace weir::kernels
