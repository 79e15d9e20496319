// Register tiles of the packed product. Included once for each target.

#if defined(WEIR_KERNELS_SIMD_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_TILE_INL_H_
#undef WEIR_KERNELS_SIMD_TILE_INL_H_
#else
#define WEIR_KERNELS_SIMD_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "kernels/product.h"
#include "kernels/simd/part-inl.h"
#include "kernels/simd/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What one tile works on: some rows against neighbouring panels.
struct Tile {
  StridedRows rows;
  const float* b;
  std::size_t panel_floats;    ///< From one panel to the next.
  std::size_t inner;           ///< Of one run of the rows.
  float* out;                  ///< At the tile's first column.
  const std::size_t* offsets;  ///< From `out` (and `residual`) to each of the rows.
  std::size_t columns;         ///< Of the output; the last panel may have fewer than are packed.
  const float* bias;           ///< At the tile's first column, or null.
  const float* residual;       ///< Like `out`, or null.
  bool continues;              ///< `out` holds partial sums; else they start with bias + residual.
  float low, high;             ///< The results are clamped to this range.
};

using TileD = hn::CappedTag<float, kPanelColumns>;
using TileV = hn::Vec<TileD>;
inline constexpr std::size_t kPanelVectors = kPanelColumns / hn::MaxLanes(TileD());
inline constexpr std::size_t kRegisters = kPanelVectors == 1 ? 32 : 16;
inline constexpr std::size_t kMostTileRows = 14;
inline constexpr std::size_t kMostTilePanels = 8;
inline constexpr std::size_t kMostTileVectors = kMostTilePanels * kPanelVectors;

/// Whether the sums stay in registers, beside one step's operands of the side that has fewer, and
/// one of the other.
constexpr bool fits_registers(std::size_t rows, std::size_t vectors) {
  return rows * vectors + std::min(rows, vectors) + 1 <= kRegisters;
}

/// The most rows of a tile that wide.
constexpr std::size_t tallest_tile(std::size_t vectors) {
  std::size_t rows = 1;
  while (rows < kMostTileRows && fits_registers(rows + 1, vectors)) ++rows;
  return rows;
}

/// Vectors of a tile of so many columns. Of a last panel only those that have some are computed,
/// where the tile is narrow: in wider ones they are less, and would take long to compile.
constexpr std::size_t tile_vectors(std::size_t columns) {
  const std::size_t vectors = (columns + hn::MaxLanes(TileD()) - 1) / hn::MaxLanes(TileD());
  if (vectors < 2 * kPanelVectors) return vectors;
  return (vectors + kPanelVectors - 1) / kPanelVectors * kPanelVectors;
}

/// How many panels the tiles of so many rows best have: those that load least for each column. A
/// weight counts half as much again as a broadcast element of a row, for it comes from further
/// away.
constexpr std::size_t best_panels(std::size_t rows) {
  std::size_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t panels = 1; panels <= kMostTilePanels; ++panels) {
    if (!fits_registers(1, panels * kPanelVectors)) break;
    const std::size_t tallest = tallest_tile(panels * kPanelVectors);
    const std::size_t tiles = (rows + tallest - 1) / tallest;
    const double loads = 1.5 * static_cast<double>(tiles * kPanelVectors) +
                         static_cast<double>(rows) / static_cast<double>(panels);
    if (loads < least) {
      least = loads;
      best = panels;
    }
  }
  return best;
}

/// The function's values for 0, 1, …: what it finds by trying takes longer than small tiles.
template <std::size_t (*kFunction)(std::size_t), std::size_t... kArguments>
constexpr auto values_of(std::index_sequence<kArguments...>) {
  return std::array<std::uint8_t, sizeof...(kArguments)>{
      static_cast<std::uint8_t>(kFunction(kArguments))...};
}

/// By the vectors of a tile.
inline constexpr auto kTallestTiles =
    values_of<tallest_tile>(std::make_index_sequence<kMostTileVectors + 1>());
/// By the rows of a block.
inline constexpr auto kBestPanels =
    values_of<best_panels>(std::make_index_sequence<kBlockRows + 1>());
/// What rows are split by.
inline constexpr std::size_t kTileRows = tallest_tile(kBestPanels[kBlockRows] * kPanelVectors);

/// Cuts `count` into parts that are at most `most` and nearly equal, for a small one at the end
/// would have too few chains to keep the multipliers busy. Calls run(part, parts) for each of the
/// one or two lengths that they have.
template <typename Run>
void for_even_parts(std::size_t count, std::size_t most, const Run& run) {
  if (count <= most) {  // Divisions take longer than what is small.
    if (count > 0) run(count, std::size_t{1});
    return;
  }
  const std::size_t parts = (count + most - 1) / most;
  const std::size_t longer = count % parts;
  if (longer > 0) run(count / parts + 1, longer);
  run(count / parts, parts - longer);
}

/// Vectors of a row of the output all of whose columns are there.
struct WholeColumns {
  HWY_INLINE TileV load(const float* row, std::size_t v) const {
    const TileD d;
    return hn::LoadU(d, row + v * hn::Lanes(d));
  }
  HWY_INLINE void store(TileV value, float* row, std::size_t v) const {
    const TileD d;
    hn::StoreU(value, d, row + v * hn::Lanes(d));
  }
};

/// Vectors of which only the first `columns` lanes are there.
struct PartColumns {
  std::size_t columns;

  HWY_INLINE TileV load(const float* row, std::size_t v) const {
    const TileD d;
    const std::size_t first = v * hn::Lanes(d);
    return first < columns ? LoadPart(d, row + first, lanes_from(first)) : hn::Zero(d);
  }
  HWY_INLINE void store(TileV value, float* row, std::size_t v) const {
    const TileD d;
    const std::size_t first = v * hn::Lanes(d);
    if (first < columns) StorePart(value, d, row + first, lanes_from(first));
  }

 private:
  std::size_t lanes_from(std::size_t first) const {
    return std::min(columns - first, hn::Lanes(TileD()));
  }
};

template <class Columns, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void start_sums(const Tile& t, const Columns& columns, TileV (&sums)[kRows][kVectors]) {
  if (t.continues) {
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const float* row = t.out + t.offsets[r];
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = columns.load(row, v);
    }
    return;
  }
  WEIR_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    const TileV bias = t.bias == nullptr ? hn::Zero(TileD()) : columns.load(t.bias, v);
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = bias;
  }
  if (t.residual == nullptr) return;
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* row = t.residual + t.offsets[r];
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::Add(sums[r][v], columns.load(row, v));
    }
  }
}

template <class Columns, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void store_sums(const Tile& t, const Columns& columns,
                           const TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  const TileV low = hn::Set(d, t.low);
  const TileV high = hn::Set(d, t.high);
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    float* row = t.out + t.offsets[r];  // A vector that is stored may alias both: once for a row.
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      // The operands' order makes NaN pass through.
      columns.store(hn::Min(high, hn::Max(low, sums[r][v])), row, v);
    }
  }
}

/// Adds the products of one run of each row with the weights from `b` on.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_run(const Tile& t, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                        std::size_t count, TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  const std::size_t stride = t.rows.stride;
  const std::size_t panel_floats = t.panel_floats;
  const auto weights = [&](std::size_t v) HWY_ATTR {
    return hn::Load(d, b + v / kPanelVectors * panel_floats + v % kPanelVectors * hn::Lanes(d));
  };
  WEIR_UNROLL_4
  for (std::size_t k = 0; k < count; ++k, ++a, b += kPanelColumns) {
    if constexpr (kRows < kVectors) {
      TileV x[kRows];
      WEIR_UNROLL
      for (std::size_t r = 0; r < kRows; ++r) x[r] = hn::Set(d, a[r * stride]);
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        const TileV w = weights(v);
        WEIR_UNROLL
        for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = hn::MulAdd(x[r], w, sums[r][v]);
      }
    } else {
      TileV w[kVectors];
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) w[v] = weights(v);
      WEIR_UNROLL
      for (std::size_t r = 0; r < kRows; ++r) {
        const TileV x = hn::Set(d, a[r * stride]);
        WEIR_UNROLL
        for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(x, w[v], sums[r][v]);
      }
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void multiply_tile(const Tile& t) {
  const bool whole = t.columns == kVectors * hn::Lanes(TileD());
  TileV sums[kRows][kVectors];
  whole ? start_sums(t, WholeColumns(), sums) : start_sums(t, PartColumns{t.columns}, sums);
  const float* a = t.rows.first;
  const float* b = t.b;
  for (std::size_t run = 0; run < t.rows.runs; ++run) {
    add_run(t, a, b, t.inner, sums);
    a += t.rows.jump;
    b += t.inner * kPanelColumns;
  }
  whole ? store_sums(t, WholeColumns(), sums) : store_sums(t, PartColumns{t.columns}, sums);
}

/// A tile and those below it.
template <std::size_t kRows, std::size_t kVectors>
void multiply_column(const Tile& first, std::size_t tiles) {
  Tile tile = first;
  for (std::size_t i = 0; i < tiles; ++i) {
    multiply_tile<kRows, kVectors>(tile);
    tile.rows.first += kRows * tile.rows.stride;
    tile.offsets += kRows;
  }
}

using TileFunction = void (*)(const Tile&, std::size_t tiles);

template <std::size_t kRows, std::size_t kVectors>
constexpr TileFunction tile_function() {
  constexpr bool kIsUsed = tile_vectors(kVectors * hn::MaxLanes(TileD())) == kVectors;
  if constexpr (kIsUsed && fits_registers(kRows, kVectors)) {
    return &multiply_column<kRows, kVectors>;
  } else {
    return nullptr;
  }
}

template <std::size_t kVectors, std::size_t... kRowsLessOne>
constexpr auto tile_functions(std::index_sequence<kRowsLessOne...>) {
  return std::array<TileFunction, kMostTileRows>{tile_function<kRowsLessOne + 1, kVectors>()...};
}

template <std::size_t... kVectorsLessOne>
constexpr auto tile_table(std::index_sequence<kVectorsLessOne...>) {
  return std::array<std::array<TileFunction, kMostTileRows>, kMostTileVectors>{
      tile_functions<kVectorsLessOne + 1>(std::make_index_sequence<kMostTileRows>())...};
}

/// By the vectors less one, then by the rows less one.
inline constexpr auto kTileFunctions = tile_table(std::make_index_sequence<kMostTileVectors>());

/// Multiplies `rows` rows from the tile's on with its columns.
inline void multiply_tiles(Tile tile, std::size_t rows) {
  const std::size_t vectors = tile_vectors(tile.columns);
  for_even_parts(rows, kTallestTiles[vectors], [&](std::size_t height, std::size_t tiles) {
    kTileFunctions[vectors - 1][height - 1](tile, tiles);
    tile.rows.first += tiles * height * tile.rows.stride;
    tile.offsets += tiles * height;
  });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_TILE_INL_H_
