#pragma once

#include <optional>
#include <vector>

#include "graph/operation.h"
#include "kernels/broadcast.h"
#include "ops/binary.h"

namespace weir::ops {

/// Where a step finds its operands: in its inputs, or in weights.
class BoundOperands {
 public:
  /// One weight for each operand; nothing for those that are inputs.
  explicit BoundOperands(std::vector<std::optional<graph::PackedWeight>> weights)
      : weights_(std::move(weights)) {}

  template <typename T>
  const T* get(const kernels::StepArgs& args, std::size_t operand) const {
    const std::optional<graph::PackedWeight>& weight = weights_[operand];
    if (weight) return reinterpret_cast<const T*>(weight->bytes.data());
    std::size_t input = 0;
    for (std::size_t i = 0; i < operand; ++i) input += weights_[i] ? 0 : 1;
    return args.input<T>(input);
  }

  /// Those among them that are weights.
  std::vector<SharedBytes> weights() const {
    std::vector<SharedBytes> all;
    for (const auto& weight : weights_) {
      if (weight) all.push_back(*weight);
    }
    return all;
  }

 private:
  std::vector<std::optional<graph::PackedWeight>> weights_;
};

/// An operation on operands that broadcast, some of which may be constants.
class BroadcastOperation : public graph::Operation {
 public:
  std::size_t packed_bytes() const final;
  bool keeps_samples_apart(std::span<const graph::ValueType> inputs) const final;

 protected:
  /// One entry for each operand.
  explicit BroadcastOperation(std::vector<MaybeConstant> constants)
      : constants_(std::move(constants)) {}

  const std::vector<MaybeConstant>& constants() const { return constants_; }
  bool has_constants() const;
  /// Shapes of all operands. Throws kInvalidArgument for another number of inputs.
  std::vector<Shape> shapes(std::span<const graph::ValueType> inputs) const;
  /// The type that all inputs have. Throws kInvalidArgument when they differ.
  DType common_type(std::span<const graph::ValueType> inputs) const;
  /// The operands, the constants among them converted to `types`, one for each operand.
  BoundOperands bind(graph::PackedWeights& weights, std::span<const DType> types) const;
  /// All converted to one type.
  BoundOperands bind(graph::PackedWeights& weights, DType dtype) const;
  kernels::Broadcast broadcast(const graph::PrepareContext& context) const;

 private:
  std::vector<MaybeConstant> constants_;
};

}  // namespace weir::ops
