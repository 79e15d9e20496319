#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/step.h"
#include "plan/plan.h"
#include "plan/schedule.h"
#include "weir/tensor.h"

namespace weir::exec {

/// One prepared kernel with the tensors it reads and writes.
struct ProgramStep {
  std::string layer;  ///< The Keras layer it comes from, with its path.
  std::string kind;   ///< What it does: "convolution".
  std::unique_ptr<kernels::Step> kernel;
  std::vector<plan::TensorId> inputs;
  std::vector<plan::TensorId> outputs;
  plan::StepWork work;  ///< For all rows of the program.
};

/// An input or an output of a program: its place in the plan, and its type.
struct Port {
  plan::TensorId tensor = 0;
  DType dtype = DType::kFloat32;
  Shape shape;
  /// Of one row: all axes but the first, which may be free. Kept: every call of a small model asks.
  std::size_t row_elements = 1;
  std::size_t row_bytes = 0;

  Port(plan::TensorId place, DType type, const Shape& rows)
      : tensor(place), dtype(type), shape(rows) {
    for (const std::int64_t size : rows.dims().subspan(rows.empty() ? 0 : 1)) {
      row_elements *= static_cast<std::size_t>(size);
    }
    row_bytes = row_elements * size_of(type);
  }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
};

/// A model prepared for given input shapes: kernels in the plan's order, and the plan. Immutable,
/// so any number of executors may share it.
struct Program {
  std::vector<ProgramStep>
      steps;  ///< In the order of the problem; `plan.order` says when each runs.
  plan::Problem problem;
  plan::Plan plan;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::size_t states = 0;  ///< The last of inputs and outputs; see graph::Graph.
  /// Weights are read from mapped files, part by part, and dropped behind each.
  bool streams_weights = false;
  std::size_t largest_part_bytes = 0;  ///< The most weights that one part of a step reads.

  /// The outputs without the states.
  std::span<const Port> results() const {
    return std::span(outputs).first(outputs.size() - states);
  }
};

}  // namespace weir::exec
