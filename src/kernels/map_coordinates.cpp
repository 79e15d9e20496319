#include "kernels/map_coordinates.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

constexpr std::size_t kMostAxes = 8;

/// A position of one axis, and how much of it is taken.
struct Neighbour {
  std::size_t place;
  bool is_inside;
  float weight;
};

std::int64_t wrapped(std::int64_t place, std::int64_t size) { return (place % size + size) % size; }

/// The position that stands for one outside the axis. TensorFlow takes "mirror" to the position
/// behind the last one, which it then refuses to read; here that is the last one.
std::int64_t taken_in(AxisEdge edge, std::int64_t place, std::int64_t size) {
  if (edge == AxisEdge::kWrap) return wrapped(place, size);
  if (edge == AxisEdge::kMirror || edge == AxisEdge::kReflect) {
    place = std::abs(place) % (2 * size);
    if (place >= size) place = 2 * size - place - (edge == AxisEdge::kReflect ? 1 : 0);
  }
  return std::clamp<std::int64_t>(place, 0, size - 1);
}

Neighbour neighbour(const CoordinateMap& map, std::size_t size, std::int64_t place, float weight) {
  const auto length = static_cast<std::int64_t>(size);
  const bool is_inside = map.edge != AxisEdge::kConstant || (place >= 0 && place < length);
  return {static_cast<std::size_t>(taken_in(map.edge, place, length)), is_inside, weight};
}

/// Of any number: what is far away, or no number, is far away.
std::int64_t whole(float value) {
  constexpr float kFar = 1 << 30;
  return static_cast<std::int64_t>(value > -kFar ? std::min(value, kFar) : -kFar);
}

using Neighbours = std::array<std::array<Neighbour, 2>, kMostAxes>;

void find_neighbours(const CoordinateMap& map, const float* coordinates, std::size_t point,
                     Neighbours& found) {
  for (std::size_t axis = 0; axis < map.sizes.size(); ++axis) {
    const float at = coordinates[axis * map.points + point];
    const std::size_t size = map.sizes[axis];
    if (!map.linear) {
      found[axis][0] = neighbour(map, size, whole(std::nearbyint(at)), 1.0F);
      continue;
    }
    const float below = std::floor(at);
    const float share = at - below;
    found[axis][0] = neighbour(map, size, whole(below), 1.0F - share);
    found[axis][1] = neighbour(map, size, whole(below) + 1, share);
  }
}

/// One of the points around: the first axis's neighbour is told by the highest bit of `choice`.
float weighted(const CoordinateMap& map, const float* tensor, const Neighbours& found,
               std::size_t choice) {
  std::size_t at = 0;
  float weight = 1.0F;
  bool is_inside = true;
  for (std::size_t axis = 0; axis < map.sizes.size(); ++axis) {
    const Neighbour& chosen = found[axis][(choice >> (map.sizes.size() - 1 - axis)) & 1];
    at = at * map.sizes[axis] + chosen.place;
    weight *= chosen.weight;
    is_inside = is_inside && chosen.is_inside;
  }
  return weight * (is_inside ? tensor[at] : map.fill_value);
}

}  // namespace

void map_coordinates(const CoordinateMap& map, const float* tensor, const float* coordinates,
                     float* out, const ThreadPool& pool) {
  const std::size_t choices = map.linear ? std::size_t{1} << map.sizes.size() : 1;
  for_rows(pool, map.points, choices * map.sizes.size(), [&](std::size_t begin, std::size_t end) {
    Neighbours found{};
    for (std::size_t point = begin; point < end; ++point) {
      find_neighbours(map, coordinates, point, found);
      float sum = weighted(map, tensor, found, 0);
      for (std::size_t choice = 1; choice < choices; ++choice) {
        sum += weighted(map, tensor, found, choice);
      }
      out[point] = sum;
    }
  });
}

}  // namespace weir::kernels
