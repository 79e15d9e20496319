#pragma once

#include <cstdint>

#include "graph/operation.h"

namespace weir::ops {

/// What a negative number of a row says.
enum class NegativeRow : std::uint8_t {
  kIsNone,        ///< There is no such row: Keras 2.
  kCountsFromEnd  ///< -1 is the last row: Keras 3.
};

/// Rows of a constant (rows, width) table: element i of the input, truncated to an integer, becomes
/// row i of the output, whose shape is the input's and `width`. An element that is no row makes the
/// step throw kInvalidArgument. A float32 table is read where it lies in the file and costs no
/// packed weight.
graph::OperationPtr make_lookup(graph::Constant table, NegativeRow negative);

}  // namespace weir::ops
