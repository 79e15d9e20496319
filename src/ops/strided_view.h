#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace weir::ops {

/// A weight's elements in another arrangement: element (i, j, …) of an array of `sizes` is the
/// weight's element i * strides[0] + j * strides[1] + …; a stride of 0 repeats. Covers transposed
/// and broadcast weights.
struct StridedView {
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> strides;

  /// It is the weight of `elements` elements as it stands.
  bool is_identity(std::size_t elements) const;
  /// Row major.
  std::vector<float> read(std::span<const float> weight) const;
  /// Tells this view from others of the same weight.
  std::string key() const;
};

}  // namespace weir::ops
