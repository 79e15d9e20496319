#pragma once

#include <cstddef>

#include "weir/tensor.h"

/// How the packed weights of a product lie in memory, and as what they are kept there.
namespace weir::kernels {

/// Packed weights are panels of this many columns, the last padded with zeros.
inline constexpr std::size_t kPanelColumns = 16;

/// Steps of an int8 weight on either side of zero.
inline constexpr float kInt8Steps = 127;

/// The packed weights of a product's groups, one after the other. A panel is
///  - of kFloat32: [inner][16];
///  - of kBFloat16: the same, each weight rounded to the nearest (to even from halfway);
///  - of kInt8: 16 floats, the steps of its columns, then [inner][16] of how many steps each weight
///    is, from -127 to 127; the largest weight of a column is 127 of them.
struct Panels {
  const std::byte* bytes;
  DType dtype = DType::kFloat32;

  Panels(const std::byte* packed, DType kept_as) : bytes(packed), dtype(kept_as) {}
  /// Implicit, as most weights are kept as floats.
  Panels(const float* packed) : bytes(reinterpret_cast<const std::byte*>(packed)) {}
};

constexpr std::size_t panels_of(std::size_t columns) {
  return (columns + kPanelColumns - 1) / kPanelColumns;
}

/// Bytes of one panel whose weights are kept as `dtype`.
constexpr std::size_t panel_bytes(std::size_t inner, DType dtype) {
  if (dtype == DType::kInt8) return kPanelColumns * (sizeof(float) + inner);
  return kPanelColumns * inner * (dtype == DType::kBFloat16 ? 2 : sizeof(float));
}

/// Bytes of the packed weights of one group.
constexpr std::size_t packed_product_bytes(std::size_t inner, std::size_t columns,
                                           DType dtype = DType::kFloat32) {
  return panels_of(columns) * panel_bytes(inner, dtype);
}

/// Floats of the packed weights of one group, where they are kept as floats.
constexpr std::size_t packed_product_floats(std::size_t inner, std::size_t columns) {
  return panels_of(columns) * kPanelColumns * inner;
}

}  // namespace weir::kernels
