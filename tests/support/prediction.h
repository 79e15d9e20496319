#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "support/golden_pack.h"
#include "weir/model.h"

namespace weir::testing {

/// The tensors of a case in the model's order: matched by name, where the names are known.
std::vector<GoldenTensor> in_order(const std::vector<GoldenTensor>& tensors,
                                   std::span<const TensorSpec> specs);

std::vector<TensorView> views(const std::vector<GoldenTensor>& tensors);

/// The same tensors, the first `rows` rows only.
std::vector<TensorView> first_rows(std::vector<TensorView> inputs, std::int64_t rows);

/// The shapes of one row of each.
std::vector<Shape> row_shapes(std::span<const TensorView> inputs);

/// The bytes of each output.
using Outputs = std::vector<std::vector<std::byte>>;

/// A request with room for its outputs: `run` itself allocates nothing.
class Request {
 public:
  Request(Session& session, std::vector<TensorView> inputs);

  void run(Session& session) { session.run(inputs_, targets_); }
  const Outputs& outputs() const { return outputs_; }
  /// Output `i` as floats; it must be float32.
  std::vector<float> floats(std::size_t i = 0) const;

 private:
  std::vector<TensorView> inputs_;
  Outputs outputs_;
  std::vector<MutableTensorView> targets_;
};

/// Prepares, runs once, and returns the outputs.
Outputs predict(Session& session, const std::vector<TensorView>& inputs);

}  // namespace weir::testing
