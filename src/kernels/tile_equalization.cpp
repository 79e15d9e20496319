#include "kernels/tile_equalization.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

constexpr std::size_t kLevels = 256;
constexpr float kLargest = 255.0F;

/// Rounds as Keras does, since it decides between levels.
std::size_t level_of(const TileEqualization& shape, float value) {
  if (shape.low != 0.0F || shape.high != kLargest) {
    value = (value - shape.low) / (shape.high - shape.low) * kLargest;
  }
  return value > 0.0F ? static_cast<std::size_t>(std::min(value, kLargest)) : 0;
}

float value_of(const TileEqualization& shape, float level) {
  if (shape.low == 0.0F && shape.high == kLargest) return level;
  return level / kLargest * (shape.high - shape.low) + shape.low;
}

std::size_t mirrored(std::size_t place, std::size_t size) {
  return place < size ? place : 2 * size - 1 - place;
}

/// Where the curves of a tile's channels begin.
std::size_t curves_at(const TileEqualization& shape, std::size_t row, std::size_t column) {
  return (row * shape.columns.tiles + column) * shape.channels * kLevels;
}

void limit(double most, float* counts) {
  const auto limit = static_cast<float>(most);
  float excess = 0.0F;
  for (std::size_t level = 0; level < kLevels; ++level) {
    excess += counts[level] - std::min(counts[level], limit);
  }
  const float share = excess / static_cast<float>(kLevels);
  for (std::size_t level = 0; level < kLevels; ++level) {
    counts[level] = std::min(counts[level], limit) + share;
  }
}

/// The counts of levels become what each level is turned into.
void make_curve(const TileEqualization& shape, float* counts) {
  const auto pixels = static_cast<float>(shape.rows.tile_size * shape.columns.tile_size);
  if (shape.clip_limit > 0.0) limit(shape.clip_limit * pixels / kLevels, counts);
  for (std::size_t level = 1; level < kLevels; ++level) counts[level] += counts[level - 1];
  const float least = counts[0];
  const float range = pixels - least == 0.0F ? 1.0F : pixels - least;
  for (std::size_t level = 0; level < kLevels; ++level) {
    counts[level] = std::clamp((counts[level] - least) * kLargest / range, 0.0F, kLargest);
  }
}

void make_curves(const TileEqualization& shape, const float* image, std::size_t row,
                 std::size_t column, float* curves) {
  std::fill_n(curves, shape.channels * kLevels, 0.0F);
  for (std::size_t i = 0; i < shape.rows.tile_size; ++i) {
    const std::size_t y = mirrored(row * shape.rows.tile_size + i, shape.rows.size);
    for (std::size_t j = 0; j < shape.columns.tile_size; ++j) {
      const std::size_t x = mirrored(column * shape.columns.tile_size + j, shape.columns.size);
      const float* pixel = image + (y * shape.columns.size + x) * shape.channels;
      for (std::size_t c = 0; c < shape.channels; ++c) {
        curves[c * kLevels + level_of(shape, pixel[c])] += 1.0F;
      }
    }
  }
  for (std::size_t c = 0; c < shape.channels; ++c) make_curve(shape, curves + c * kLevels);
}

float mix(float before, float after, float share_of_after) {
  return before * (1.0F - share_of_after) + after * share_of_after;
}

void equalize_row(const TileEqualization& shape, const TiledAxis::Between& y, const float* curves,
                  const float* in, float* out) {
  for (const TiledAxis::Between& x : shape.columns.places) {
    const float* corners[] = {
        curves + curves_at(shape, y.before, x.before), curves + curves_at(shape, y.before, x.after),
        curves + curves_at(shape, y.after, x.before), curves + curves_at(shape, y.after, x.after)};
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const std::size_t at = c * kLevels + level_of(shape, *in++);
      const float above = mix(corners[0][at], corners[1][at], x.share_of_after);
      const float below = mix(corners[2][at], corners[3][at], x.share_of_after);
      *out++ = value_of(shape, mix(above, below, y.share_of_after));
    }
  }
}

}  // namespace

TiledAxis::TiledAxis(std::size_t pixels, std::size_t tile_count)
    : size(pixels), tiles(tile_count), tile_size((pixels + tile_count - 1) / tile_count) {
  const auto length = static_cast<float>(tile_size);
  places.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    // In tiles, from the centre of one before the first on.
    const float place = (static_cast<float>(i) - length / 2.0F) / length + 1.0F;
    const float below = std::floor(place);
    const auto next = static_cast<std::size_t>(below);
    places.push_back({next == 0 ? 0 : next - 1, std::min(next, tiles - 1), place - below});
  }
}

std::size_t tile_equalization_scratch_bytes(const TileEqualization& shape) {
  return shape.rows.tiles * shape.columns.tiles * shape.channels * kLevels * sizeof(float);
}

void equalize_tiles(const TileEqualization& shape, const float* in, float* out, float* scratch,
                    const ThreadPool& pool) {
  const std::size_t row = shape.columns.size * shape.channels;
  const std::size_t tile = shape.rows.tile_size * shape.columns.tile_size * shape.channels;
  for (std::size_t n = 0; n < shape.batch; ++n) {
    const std::size_t image = n * shape.rows.size * row;
    for_rows(pool, shape.rows.tiles * shape.columns.tiles, tile + shape.channels * kLevels,
             [&](std::size_t begin, std::size_t end) {
               for (std::size_t i = begin; i < end; ++i) {
                 make_curves(shape, in + image, i / shape.columns.tiles, i % shape.columns.tiles,
                             scratch + i * shape.channels * kLevels);
               }
             });
    for_rows(pool, shape.rows.size, row, [&](std::size_t begin, std::size_t end) {
      for (std::size_t y = begin; y < end; ++y) {
        equalize_row(shape, shape.rows.places[y], scratch, in + image + y * row,
                     out + image + y * row);
      }
    });
  }
}

}  // namespace weir::kernels
