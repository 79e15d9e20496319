#pragma once

#include <cstdint>

#include "graph/operation.h"

namespace weir::ops {

enum class ScatterKind : std::uint8_t { kReplace, kAdd, kMultiply, kMaximum, kMinimum };

/// What becomes of a position that is none.
enum class OutOfRange : std::uint8_t {
  kRefuse,  ///< The step throws kInvalidArgument.
  kSkip,
};

/// Rows (rows, width), some of them changed by others (updates, width): that at the int32 position
/// positions[i], of (updates,), by row i, one after the other. Of float32 or int32 elements.
graph::OperationPtr make_scatter(ScatterKind kind, OutOfRange out_of_range);

}  // namespace weir::ops
