// Register tiles of the packed product. Included once for each target.

#if defined(WEIR_KERNELS_SIMD_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_TILE_INL_H_
#undef WEIR_KERNELS_SIMD_TILE_INL_H_
#else
#define WEIR_KERNELS_SIMD_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <utility>

#include "kernels/product.h"

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
};

using TileD = hn::CappedTag<float, kPanelColumns>;
using TileV = hn::Vec<TileD>;
inline constexpr std::size_t kPanelVectors = kPanelColumns / hn::MaxLanes(TileD());

// What the register file holds beside the weights and a broadcast: 28 of 32 registers, 12 of 16.
inline constexpr std::size_t kAccumulators = kPanelVectors == 1 ? 28 : 12;
inline constexpr std::size_t kTileRows = kPanelVectors == 1 ? 14 : kAccumulators / kPanelVectors;

/// The most panels (a power of two) that a tile of so many rows keeps in registers. Few rows take
/// many panels, so that there are always enough independent chains.
constexpr std::size_t widest_tile(std::size_t rows) {
  std::size_t panels = 1;
  while (panels < 8 && rows * 2 * panels * kPanelVectors <= kAccumulators) panels *= 2;
  return panels;
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void start_sums(const Tile& t, TileV (&sums)[kRows][kVectors]) {
  const TileD d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      if (t.continues) {
        sums[r][v] = hn::LoadU(d, t.out + t.offsets[r] + v * lanes);
        continue;
      }
      sums[r][v] = t.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, t.bias + v * lanes);
      if (t.residual != nullptr) {
        sums[r][v] = hn::Add(sums[r][v], hn::LoadU(d, t.residual + t.offsets[r] + v * lanes));
      }
    }
  }
}

template <std::size_t kRows, std::size_t kPanels>
void multiply_tile(const Tile& t) {
  const TileD d;
  constexpr std::size_t kVectors = kPanels * kPanelVectors;
  const std::size_t lanes = hn::Lanes(d);
  TileV sums[kRows][kVectors];
  start_sums(t, sums);
  const float* HWY_RESTRICT a = t.a;
  const float* HWY_RESTRICT b = t.b;
  for (std::size_t k = 0; k < t.inner; ++k) {
    TileV weights[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::size_t panel = v / kPanelVectors;
      weights[v] = hn::Load(d, b + panel * t.panel_floats + v % kPanelVectors * lanes);
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      const TileV x = hn::Set(d, a[r * kGatherStride]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(x, weights[v], sums[r][v]);
      }
    }
    ++a;
    b += kPanelColumns;
  }
  // The operands' order makes NaN pass through.
  const TileV low = hn::Set(d, t.low);
  const TileV high = hn::Set(d, t.high);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const TileV result = hn::Min(high, hn::Max(low, sums[r][v]));
      hn::StoreU(result, d, t.out + t.offsets[r] + v * lanes);
    }
  }
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
