#include "kernels/reference/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace weir::kernels::reference {
namespace {

double score(const AttentionShape& shape, const AttentionRule& rule, const float* query,
             const float* key, const float* terms) {
  double sum = 0.0;
  for (std::size_t i = 0; i < shape.key_size; ++i) {
    const double q = query[i];
    const double k = key[i];
    if (rule.score == ScoreKind::kProduct) {
      sum += rule.scale * q * k;
    } else {
      sum += (terms == nullptr ? 1.0 : terms[i]) * std::tanh(q + k);
    }
  }
  return sum;
}

bool keeps(const AttentionRule& rule, std::span<const AttentionMask> masks, std::size_t sample,
           std::size_t head, std::size_t query, std::size_t key) {
  const std::size_t distance = query > key ? query - key : key - query;
  bool kept = (!rule.causal || key <= query) && (rule.window == 0 || distance < rule.window);
  for (const AttentionMask& mask : masks) {
    kept = kept && mask.data[sample * mask.strides[0] + head * mask.strides[1] +
                             query * mask.strides[2] + key * mask.strides[3]];
  }
  return kept;
}

double masked_score(MaskedScore masked, double score) {
  if (masked != MaskedScore::kLowered) return -0.7 * std::numeric_limits<float>::max();
  return static_cast<float>(score) - 1e9F;
}

}  // namespace

void attention(const AttentionShape& shape, const AttentionRule& rule,
               std::span<const AttentionMask> masks, const AttentionArrays& arrays) {
  const std::size_t sharing = shape.heads / shape.key_heads;
  std::vector<double> weights(shape.keys);
  for (std::size_t row = 0; row < shape.samples * shape.queries * shape.heads; ++row) {
    const std::size_t head = row % shape.heads;
    const std::size_t query = row / shape.heads % shape.queries;
    const std::size_t sample = row / shape.heads / shape.queries;
    const auto key_row = [&](std::size_t key) {
      return (sample * shape.keys + key) * shape.key_heads + head / sharing;
    };
    const auto kept = [&](std::size_t key) { return keeps(rule, masks, sample, head, query, key); };
    for (std::size_t key = 0; key < shape.keys; ++key) {
      weights[key] = score(shape, rule, arrays.queries + row * shape.key_size,
                           arrays.keys + key_row(key) * shape.key_size, arrays.terms);
      if (!kept(key)) weights[key] = masked_score(rule.masked, weights[key]);
    }
    const double largest = *std::ranges::max_element(weights);
    double sum = 0.0;
    for (double& weight : weights) sum += weight = std::exp(weight - largest);
    float* result = arrays.results + row * shape.value_size;
    std::vector<double> average(shape.value_size);
    for (std::size_t key = 0; key < shape.keys; ++key) {
      const bool dropped = rule.masked == MaskedScore::kDropped && !kept(key);
      const double weight = dropped ? 0.0 : weights[key] / sum;
      if (arrays.scores != nullptr) {
        const std::size_t matrix = sample * shape.heads + head;
        arrays.scores[(matrix * shape.queries + query) * shape.keys + key] =
            static_cast<float>(weight);
      }
      for (std::size_t i = 0; i < shape.value_size; ++i) {
        average[i] += weight * arrays.values[key_row(key) * shape.value_size + i];
      }
    }
    std::ranges::transform(average, result, [](double x) { return static_cast<float>(x); });
  }
}

}  // namespace weir::kernels::reference
