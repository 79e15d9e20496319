#pragma once

#include <cstdint>

namespace weir::kernels {

/// Names the layout of packed weights in files: another number wherever any packing writes other
/// bytes for the same weights, or an operation gives the same name to others. Files with another
/// number stay readable: their weights are packed anew.
inline constexpr std::uint32_t kPackedLayout = 1;

}  // namespace weir::kernels
