#pragma once

#include <vector>

#include "layers/layer.h"

namespace weir::layers {

/// A rotary embedding: by how much each pair of elements turns from one position to the next.
struct Rotation {
  std::vector<float> angles;
  /// A pair is 2 i and 2 i + 1, and not i and i + half. Only products of vectors that are turned
  /// alike then are what Keras has: the elements come out in another order.
  bool of_neighbours = false;
  float length = 1.0F;  ///< What vectors are multiplied by.

  std::int64_t size() const { return 2 * static_cast<std::int64_t>(angles.size()); }
};

/// That of keras-hub's RotaryEmbedding for vectors of `size` elements. Throws kMalformed for an odd
/// size or numbers that make no angles.
Rotation make_rotation(std::int64_t size, double max_wavelength, double scaling_factor = 1.0);

/// What a longer text than those of the training does to a rotary embedding: waves that turn more
/// than `fastest` times in such a text stay, those that turn less than `slowest` times are
/// stretched, and the others in part (YaRN).
struct Stretching {
  double scaling_factor = 1.0;
  double fastest = 32.0;
  double slowest = 1.0;
  std::int64_t positions = 4096;  ///< Of a text in the training.
  bool truncates = true;          ///< Where waves begin and end to be stretched is a whole number.
};
Rotation make_stretched_rotation(std::int64_t size, double max_wavelength,
                                 const Stretching& stretching);

/// Turns the first elements of the vectors along the last axis of (batch, positions, …, size); the
/// others stay.
ValueId add_rotation(LayerCall& call, const Rotation& rotation, ValueId input);

}  // namespace weir::layers
