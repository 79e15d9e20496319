#pragma once

#include "kernels/block.h"

namespace weir::kernels {

/// Turns of a plane by an angle, given by its cosine and its sine.
struct Rotation {
  double cosine = 1.0;
  double sine = 0.0;

  Rotation inverse() const { return {cosine, -sine}; }
  /// By both angles.
  Rotation operator*(const Rotation& other) const {
    return {cosine * other.cosine - sine * other.sine, cosine * other.sine + sine * other.cosine};
  }
};

/// (x, y) := (c x + s y, c y - s x)
inline void rotate(const Rotation& by, double& x, double& y) {
  const double turned = by.cosine * x + by.sine * y;
  y = by.cosine * y - by.sine * x;
  x = turned;
}

inline void rotate_rows(const Rotation& by, const Block& block, std::size_t a, std::size_t b) {
  for (std::size_t j = 0; j < block.columns; ++j) rotate(by, block.row(a)[j], block.row(b)[j]);
}

inline void rotate_columns(const Rotation& by, const Block& block, std::size_t a, std::size_t b) {
  for (std::size_t i = 0; i < block.rows; ++i) rotate(by, block.row(i)[a], block.row(i)[b]);
}

}  // namespace weir::kernels
