#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::plan {

/// Index into Problem::tensors.
using TensorId = std::uint32_t;
/// Index into Problem::steps.
using StepId = std::uint32_t;

/// A run of bytes that steps read and write. Zero bytes are allowed.
struct TensorInfo {
  std::string name;
  std::size_t bytes = 0;
};

/// A permission: the output may take the input's bytes when the input dies at this step. Indices
/// into the step's `inputs` and `outputs`. The step must cope with the two being the same address.
/// An input that the step reads twice (or two that share bytes) must have a permission for each
/// reading, or else none is used: the step would overwrite what it still reads.
struct InPlace {
  std::size_t input = 0;
  std::size_t output = 0;
};

/// One operation: reads all inputs, writes all outputs (each tensor is written by one step at
/// most), and needs `scratch_bytes` of memory while it runs.
struct StepInfo {
  std::string name;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::size_t scratch_bytes = 0;
  std::vector<InPlace> in_place;
};

/// `tensor` is the bytes [offset, offset + its size) of `base`: the result of a Reshape (nobody
/// writes the view, its bytes are those of the base), or an operand of a Concatenate that needs no
/// step of its own (nobody writes the base, its bytes are those of its views). A base may be a view
/// itself. The base is kept as long as it or any of its views is needed.
struct View {
  TensorId tensor = 0;
  TensorId base = 0;
  std::size_t offset = 0;
};

/// What the planner sees of a model: sizes and who touches them, never layers.
struct Problem {
  std::vector<TensorInfo> tensors;
  std::vector<StepInfo> steps;    ///< in an order that works
  std::vector<View> views;        ///< at most one for each tensor
  std::vector<TensorId> inputs;   ///< written before the first step
  std::vector<TensorId> outputs;  ///< read after the last step
};

}  // namespace weir::plan
