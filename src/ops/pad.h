#pragma once

#include <cstdint>
#include <vector>

#include "graph/operation.h"

namespace weir::ops {

/// What stands in the padding.
enum class PadMode {
  kConstant,
  kReflect,    ///< c b | a b c | b a
  kSymmetric,  ///< b a | a b c | c b
  kEdge,       ///< a a | a b c | c c
};

/// Positions added before and after one axis.
struct AxisPadding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// Pads each axis, batch and channels included. Any element type. Reflections that reach further
/// than the axis is long are kInvalidArgument, as are negative amounts.
graph::OperationPtr make_pad(const std::vector<AxisPadding>& padding,
                             PadMode mode = PadMode::kConstant, double value = 0.0);

}  // namespace weir::ops
