#pragma once

#include "graph/operation.h"
#include "kernels/map_coordinates.h"

namespace weir::ops {

struct MapCoordinatesAttributes {
  bool linear = false;
  kernels::AxisEdge edge = kernels::AxisEdge::kConstant;
  float fill_value = 0.0F;
};

/// A float32 tensor and coordinates (its axes, points…) to (points…); see kernels::map_coordinates.
graph::OperationPtr make_map_coordinates(const MapCoordinatesAttributes& attributes);

}  // namespace weir::ops
