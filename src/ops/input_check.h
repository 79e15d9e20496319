#pragma once

#include <span>
#include <string_view>

#include "base/fail.h"
#include "graph/operation.h"

namespace weir::ops {

/// Throws kInvalidArgument for another number of inputs.
inline void require_inputs(std::string_view kind, std::span<const graph::ValueType> inputs,
                           std::size_t count) {
  require(inputs.size() == count, ErrorCode::kInvalidArgument, "{} takes {} input{}, not {}", kind,
          count, count == 1 ? "" : "s", inputs.size());
}

/// The only input of an operation of floats. Throws kInvalidArgument for another number of inputs,
/// kUnsupported for another type.
inline const graph::ValueType& only_float_input(std::string_view kind,
                                                std::span<const graph::ValueType> inputs) {
  require_inputs(kind, inputs, 1);
  require(inputs[0].dtype == DType::kFloat32, ErrorCode::kUnsupported,
          "{} of {} elements is not supported", kind, to_string(inputs[0].dtype));
  return inputs[0];
}

/// Throws kInvalidArgument unless `shape` has the axis.
inline void require_axis(std::string_view kind, const Shape& shape, std::size_t axis) {
  require(axis < shape.rank(), ErrorCode::kInvalidArgument, "{} along axis {} of a shape {}", kind,
          axis, to_string(shape));
}

}  // namespace weir::ops
