#pragma once

#include "graph/packed_weights.h"
#include "ops/recurrent.h"

namespace weir::ops {

/// A cell's weights as its products want them, in the order of columns in which kernels/recurrent.h
/// wants the sums. Shares the memory's ownership.
class RecurrentWeights {
 public:
  RecurrentWeights(const RecurrentCell& cell, graph::PackedWeights& weights);

  static std::size_t packed_bytes(const RecurrentCell& cell);

  /// (features, gates * units), and the bias of all gates; null where there is none.
  const float* kernel() const { return floats(input_, 0); }
  const float* bias() const { return has_bias_ ? floats(input_, bias_offset_) : nullptr; }
  /// (units, gates * units), without the candidate in a GRU.
  const float* recurrent_kernel() const { return floats(recurrent_, 0); }
  /// Of a GRU: (units, units), and its bias, which only a reset after the product has.
  const float* candidate_kernel() const { return floats(recurrent_, candidate_offset_); }
  const float* candidate_bias() const {
    return has_candidate_bias_ ? floats(recurrent_, candidate_bias_offset_) : nullptr;
  }

  std::vector<SharedBytes> all() const { return {input_, recurrent_}; }

 private:
  static const float* floats(const graph::PackedWeight& weight, std::size_t offset) {
    return reinterpret_cast<const float*>(weight.bytes.data() + offset);
  }

  graph::PackedWeight input_;
  graph::PackedWeight recurrent_;
  bool has_bias_;
  bool has_candidate_bias_;
  std::size_t bias_offset_;
  std::size_t candidate_offset_;
  std::size_t candidate_bias_offset_;
};

}  // namespace weir::ops
