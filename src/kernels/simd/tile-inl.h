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
  std::size_t panel_floats;    ///< From one panel to the next, each as long as so many floats.
  std::size_t skipped = 0;     ///< Rows of the panels before `b`, where they have to be decoded.
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

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void start_sums(const Tile& t, TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  if (t.continues) {
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const float* row = t.out + t.offsets[r];
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::LoadU(d, row + v * hn::Lanes(d));
    }
    return;
  }
  WEIR_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    const TileV bias = t.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, t.bias + v * hn::Lanes(d));
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = bias;
  }
  if (t.residual == nullptr) return;
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* row = t.residual + t.offsets[r];
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::Add(sums[r][v], hn::LoadU(d, row + v * hn::Lanes(d)));
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void store_sums(const Tile& t, const TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  const TileV low = hn::Set(d, t.low);
  const TileV high = hn::Set(d, t.high);
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    float* row = t.out + t.offsets[r];  // A vector that is stored may alias both: once for a row.
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      // The operands' order makes NaN pass through.
      hn::StoreU(hn::Min(high, hn::Max(low, sums[r][v])), d, row + v * hn::Lanes(d));
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
  TileV sums[kRows][kVectors];
  start_sums(t, sums);
  const float* a = t.rows.first;
  const float* b = t.b;
  for (std::size_t run = 0; run < t.rows.runs; ++run) {
    add_run(t, a, b, t.inner, sums);
    a += t.rows.jump;
    b += t.inner * kPanelColumns;
  }
  store_sums(t, sums);
}

/// Tiles below each other, the first of them from `row` of the given one's rows on. All columns of
/// their vectors are there.
template <std::size_t kRows, std::size_t kVectors>
void multiply_column(const Tile& given, std::size_t row, std::size_t tiles) {
  Tile tile = given;
  tile.rows.first += row * tile.rows.stride;
  tile.offsets += row;
  for (std::size_t i = 0; i < tiles; ++i) {
    multiply_tile<kRows, kVectors>(tile);
    tile.rows.first += kRows * tile.rows.stride;
    tile.offsets += kRows;
  }
}

using TileFunction = void (*)(const Tile&, std::size_t row, std::size_t tiles);

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

/// A tile of `height` rows in whose vectors there is room for more columns than the output has.
class PaddedTile {
 public:
  HWY_INLINE PaddedTile(const Tile& given, std::size_t height, std::size_t vectors)
      : given_(given), height_(height), tile_(given) {
    const TileD d;
    tile_.columns = vectors * hn::Lanes(d);
    tile_.out = out_;
    tile_.offsets = offsets_;
    for (std::size_t r = 0; r < height; ++r) offsets_[r] = r * tile_.columns;
    if (given.bias != nullptr) {
      copy_in(given.bias, bias_);
      tile_.bias = bias_;
    }
    if (given.residual != nullptr) tile_.residual = residual_;
  }

  /// Multiplies the rows from `row` of the given tile's on.
  HWY_INLINE void multiply(TileFunction function, std::size_t row) {
    const std::size_t* offsets = given_.offsets + row;
    tile_.rows.first = given_.rows.first + row * given_.rows.stride;
    for (std::size_t r = 0; r < height_; ++r) {
      if (given_.continues) {
        copy_in(given_.out + offsets[r], out_ + offsets_[r]);
      } else if (given_.residual != nullptr) {
        copy_in(given_.residual + offsets[r], residual_ + offsets_[r]);
      }
    }
    function(tile_, 0, 1);
    for (std::size_t r = 0; r < height_; ++r) {
      copy_out(out_ + offsets_[r], given_.out + offsets[r]);
    }
  }

 private:
  static constexpr std::size_t kMostFloats = kRegisters * hn::MaxLanes(TileD());

  /// With zeros for the columns that are not there.
  HWY_INLINE void copy_in(const float* from, float* to) const {
    const TileD d;
    ForLanes(d, given_.columns, [&](std::size_t i, auto lanes) HWY_ATTR {
      hn::Store(lanes.Load(d, from + i), d, to + i);
    });
    const std::size_t end = hwy::RoundUpTo(given_.columns, hn::Lanes(d));
    for (std::size_t i = end; i < tile_.columns; i += hn::Lanes(d)) {
      hn::Store(hn::Zero(d), d, to + i);
    }
  }
  HWY_INLINE void copy_out(const float* from, float* to) const {
    const TileD d;
    ForLanes(d, given_.columns, [&](std::size_t i, auto lanes) HWY_ATTR {
      lanes.Store(hn::Load(d, from + i), d, to + i);
    });
  }

  const Tile& given_;
  std::size_t height_;
  Tile tile_;
  std::size_t offsets_[kMostTileRows];
  HWY_ALIGN float out_[kMostFloats];
  HWY_ALIGN float residual_[kMostFloats];
  HWY_ALIGN float bias_[kMostFloats];
};

/// Tiles below each other as `multiply_column`, by way of memory: masks in each of its functions
/// would make them twice as long, and take as long to prepare as a small tile takes.
HWY_NOINLINE inline void multiply_padded_column(TileFunction function, const Tile& given,
                                                std::size_t vectors, std::size_t height,
                                                std::size_t row, std::size_t tiles) {
  PaddedTile tile(given, height, vectors);
  for (std::size_t i = 0; i < tiles; ++i) tile.multiply(function, row + i * height);
}

/// Multiplies `rows` rows from the tile's on with its columns.
inline void multiply_tiles(const Tile& tile, std::size_t rows) {
  const std::size_t vectors = tile_vectors(tile.columns);
  const bool is_whole = tile.columns == vectors * hn::Lanes(TileD());
  std::size_t row = 0;
  for_even_parts(rows, kTallestTiles[vectors], [&](std::size_t height, std::size_t tiles) {
    const TileFunction function = kTileFunctions[vectors - 1][height - 1];
    if (is_whole) {
      function(tile, row, tiles);
    } else {
      multiply_padded_column(function, tile, vectors, height, row, tiles);
    }
    row += tiles * height;
  });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_TILE_INL_H_
