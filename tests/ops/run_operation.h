#pragma once

#include "ops/operation_testing.h"

namespace weir::ops {

/// A tensor of a test that can be compared.
struct TestTensor {
  graph::ValueType type;
  std::vector<float> values;

  friend bool operator==(const TestTensor&, const TestTensor&) = default;
};

inline TestTensor floats(Shape shape, std::vector<float> values) {
  return {{DType::kFloat32, shape}, std::move(values)};
}

/// 0, 1, 2, …
inline TestTensor counting(Shape shape) {
  TestTensor tensor = floats(shape, {});
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    tensor.values.push_back(static_cast<float>(i));
  }
  return tensor;
}

inline TestTensor run_operation(const graph::OperationPtr& operation,
                                const std::vector<TestTensor>& inputs) {
  std::vector<graph::ValueType> types;
  std::vector<std::vector<float>> values;
  for (const TestTensor& input : inputs) {
    types.push_back(input.type);
    values.push_back(input.values);
  }
  graph::PackedWeights weights;
  const graph::ValueType type = operation->infer(types)[0];
  return {type, testing::run_on(*operation, types, values, weights)};
}

}  // namespace weir::ops
