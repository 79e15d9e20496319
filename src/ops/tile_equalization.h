#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Contrast limited adaptive histogram equalization; see kernels::TileEqualization.
struct TileEqualizationAttributes {
  std::size_t tile_rows = 8;
  std::size_t tile_columns = 8;
  double clip_limit = 4.0;
  float low = 0.0F;
  float high = 255.0F;
};

/// Of float32 images (batch, height, width, channels).
graph::OperationPtr make_tile_equalization(const TileEqualizationAttributes& attributes);

}  // namespace weir::ops
