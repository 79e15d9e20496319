// Register tiles of the packed product. Included once for each target.

#if defined(WEIR_KERNELS_SIMD_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_TILE_INL_H_
#undef WEIR_KERNELS_SIMD_TILE_INL_H_
#else
#define WEIR_KERNELS_SIMD_TILE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <utility>

#include "kernels/product.h"
#include "kernels/simd/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What one tile works on: rows kGatherStride apart against neighbouring panels.
struct Tile {
  const float* a;
  const float* b;
  std::size_t panel_floats;  ///< From one panel to the next.
  std::size_t inner;
  float* out;                  ///< At the tile's first column.
  const std::size_t* offsets;  ///< From `out` (and `residual`) to each of the rows.
  const float* bias;           ///< At the tile's first column, or null.
  const float* residual;       ///< Like `out`, or null.
  bool continues;              ///< `out` holds partial sums; else they start with bias + residual.
  float low, high;             ///< The results are clamped to this range.
  const float* next;           ///< Weights of a later stripe, to be fetched meanwhile, …
  std::size_t next_lines;      ///< … as many rows of a panel for each kFetchSteps of `inner`.
};

using TileD = hn::CappedTag<float, kPanelColumns>;
using TileV = hn::Vec<TileD>;
inline constexpr std::size_t kPanelVectors = kPanelColumns / hn::MaxLanes(TileD());

// What the register file holds beside the weights and a broadcast: 28 of 32 registers, 12 of 16.
inline constexpr std::size_t kAccumulators = kPanelVectors == 1 ? 28 : 12;
inline constexpr std::size_t kTileRows = kPanelVectors == 1 ? 14 : kAccumulators / kPanelVectors;

/// Steps of a tile from one look ahead to the next: a few lines at a time do not crowd out the
/// tile's own loads.
inline constexpr std::size_t kFetchSteps = 16;

/// The most panels (a power of two) that a tile of so many rows keeps in registers. Few rows take
/// many panels, so that there are always enough independent chains.
constexpr std::size_t widest_tile(std::size_t rows) {
  std::size_t panels = 1;
  while (panels < 8 && rows * 2 * panels * kPanelVectors <= kAccumulators) panels *= 2;
  return panels;
}

constexpr std::size_t tiles_of(std::size_t rows) { return (rows + kTileRows - 1) / kTileRows; }

/// Calls run(height) for tiles of nearly the same height: a low one at the end would have too few
/// chains to keep the multipliers busy.
template <typename Run>
void for_even_tiles(std::size_t rows, const Run& run) {
  for (std::size_t tiles = tiles_of(rows); tiles > 0; --tiles) {
    const std::size_t height = (rows + tiles - 1) / tiles;
    run(height);
    rows -= height;
  }
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void start_sums(const Tile& t, TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  const std::size_t lanes = hn::Lanes(d);
  const auto load = [&](const float* base, std::size_t r, std::size_t v)
                        HWY_ATTR { return hn::LoadU(d, base + t.offsets[r] + v * lanes); };
  if (t.continues) {
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = load(t.out, r, v);
    }
    return;
  }
  WEIR_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    const TileV bias = t.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, t.bias + v * lanes);
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = bias;
  }
  if (t.residual == nullptr) return;
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::Add(sums[r][v], load(t.residual, r, v));
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
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      // The operands' order makes NaN pass through.
      const TileV result = hn::Min(high, hn::Max(low, sums[r][v]));
      hn::StoreU(result, d, t.out + t.offsets[r] + v * hn::Lanes(d));
    }
  }
}

HWY_INLINE const float* fetch_ahead(const float* next, std::size_t lines) {
  for (std::size_t line = 0; line < lines; ++line, next += kPanelColumns) hwy::Prefetch(next);
  return next;
}

template <std::size_t kRows, std::size_t kPanels>
void multiply_tile(const Tile& t) {
  const TileD d;
  constexpr std::size_t kVectors = kPanels * kPanelVectors;
  TileV sums[kRows][kVectors];
  start_sums(t, sums);
  const float* HWY_RESTRICT a = t.a;
  const float* HWY_RESTRICT b = t.b;
  const float* next = t.next;
  for (std::size_t k = 0; k < t.inner; ++k) {
    if (k % kFetchSteps == 0) next = fetch_ahead(next, t.next_lines);
    TileV weights[kVectors];
    WEIR_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      const float* panel = b + v / kPanelVectors * t.panel_floats;
      weights[v] = hn::Load(d, panel + v % kPanelVectors * hn::Lanes(d));
    }
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const TileV x = hn::Set(d, a[r * kGatherStride]);
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(x, weights[v], sums[r][v]);
      }
    }
    ++a;
    b += kPanelColumns;
  }
  store_sums(t, sums);
}

using TileFunction = void (*)(const Tile&);

template <std::size_t kRows, std::size_t kPanels>
constexpr TileFunction tile_function() {
  if constexpr (kPanels <= widest_tile(kRows)) {
    return &multiply_tile<kRows, kPanels>;
  } else {
    return nullptr;
  }
}

template <std::size_t kPanels, std::size_t... kRowsLessOne>
constexpr auto tile_functions(std::index_sequence<kRowsLessOne...>) {
  return std::array<TileFunction, kTileRows>{tile_function<kRowsLessOne + 1, kPanels>()...};
}

/// By the binary logarithm of the panels, then by the rows less one.
inline constexpr std::array<std::array<TileFunction, kTileRows>, 4> kTileFunctions = {
    tile_functions<1>(std::make_index_sequence<kTileRows>()),
    tile_functions<2>(std::make_index_sequence<kTileRows>()),
    tile_functions<4>(std::make_index_sequence<kTileRows>()),
    tile_functions<8>(std::make_index_sequence<kTileRows>()),
};

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_TILE_INL_H_
