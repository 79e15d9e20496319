#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Where a place outside an axis is taken from.
enum class AxisEdge : std::uint8_t {
  kConstant,  ///< Nowhere: it has the fill value.
  kNearest,   ///< The end that is near.
  kMirror,    ///< Keras's "mirror" and "reflect", which fold the axis in its own ways.
  kReflect,
  kWrap,  ///< The axis again.
};

/// A tensor of float32 that is read at fractional places.
struct CoordinateMap {
  std::vector<std::size_t> sizes;  ///< Of the tensor's axes, all positive; at most 8 of them.
  std::size_t points;              ///< That are read.
  bool linear;                     ///< Between neighbours, or else the nearest one.
  AxisEdge edge;
  float fill_value;
};

/// out[i] is the tensor at (coordinates[i], coordinates[points + i], …), a coordinate for each of
/// its axes: Keras's map_coordinates. Allocates nothing.
void map_coordinates(const CoordinateMap& map, const float* tensor, const float* coordinates,
                     float* out, const ThreadPool& pool);

}  // namespace weir::kernels
