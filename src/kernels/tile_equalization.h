#pragma once

#include <cstddef>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// One axis of images that are cut into tiles of equal sizes, the last of which may reach beyond
/// the image; there it is the image's mirror.
struct TiledAxis {
  /// A position lies between the centres of two tiles (of one, near an edge).
  struct Between {
    std::size_t before = 0;
    std::size_t after = 0;
    float share_of_after = 0.0F;
  };

  TiledAxis(std::size_t pixels, std::size_t tile_count);

  std::size_t size;
  std::size_t tiles;
  std::size_t tile_size;
  std::vector<Between> places;  ///< One for each position of the image.
};

/// Contrast limited adaptive histogram equalization, as Keras has it.
struct TileEqualization {
  std::size_t batch;
  std::size_t channels;
  TiledAxis rows;
  TiledAxis columns;
  /// How many pixels of a tile one of 256 levels may hold, as a multiple of their mean; the rest
  /// goes to all levels alike. Not limited where it is not positive.
  double clip_limit;
  /// The images' darkest and lightest values.
  float low;
  float high;
};

/// Bytes of scratch that `equalize_tiles` needs, for any pool.
std::size_t tile_equalization_scratch_bytes(const TileEqualization& shape);

/// Each pixel of (batch, rows, columns, channels) images as the equalizing curves of the tiles
/// around it say, weighted by their distances. Allocates nothing.
void equalize_tiles(const TileEqualization& shape, const float* in, float* out, float* scratch,
                    const ThreadPool& pool);

}  // namespace weir::kernels
