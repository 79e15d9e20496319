#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "weir/model.h"

namespace weir::app {

/// Rows of made-up inputs for a session's model, and room for their outputs.
class SampleBatch {
 public:
  /// Prepares the session for them. Axes that the model leaves free take the sizes of the session's
  /// options; throws kInvalidArgument where these do not say.
  SampleBatch(Session& session, std::size_t rows);

  std::span<const TensorView> inputs() const { return inputs_; }
  std::span<const MutableTensorView> outputs() const { return outputs_; }

 private:
  void add_input(DType dtype, const Shape& shape);
  void add_output(MutableTensorView view);

  std::mt19937 random_{1};
  std::vector<std::vector<float>> values_;
  std::vector<std::vector<std::string_view>> texts_;
  std::vector<std::vector<std::byte>> rooms_;
  std::vector<TensorView> inputs_;
  std::vector<MutableTensorView> outputs_;
};

}  // namespace weir::app
