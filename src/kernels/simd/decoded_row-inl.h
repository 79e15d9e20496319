// One row times weights that are not kept as floats: decoded in registers, because nobody would
// read them again from scratch. Included once for each target.

#if defined(WEIR_KERNELS_SIMD_DECODED_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_DECODED_ROW_INL_H_
#undef WEIR_KERNELS_SIMD_DECODED_ROW_INL_H_
#else
#define WEIR_KERNELS_SIMD_DECODED_ROW_INL_H_
#endif

#include "kernels/simd/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {

HWY_INLINE TileV load_bfloat16(const std::uint16_t* from) {
  const TileD d;
  const hn::Rebind<std::uint16_t, TileD> halves;
  const hn::Rebind<std::uint32_t, TileD> bits;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::Load(halves, from))));
}

HWY_INLINE TileV load_int8(const std::int8_t* from, TileV step) {
  const TileD d;
  const hn::Rebind<std::int8_t, TileD> bytes;
  const hn::Rebind<std::int32_t, TileD> integers;
  return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(integers, hn::Load(bytes, from))), step);
}

/// Panels of so many, for as many sums as keep the multipliers busy.
inline constexpr std::size_t kDecodedRowPanels = 8 / kPanelVectors;

/// Where the elements of a tile's first panel begin, of a type that takes `kHeader` bytes before
/// them: `b` is where the panel does.
template <class Element, std::size_t kHeader>
HWY_INLINE const Element* first_elements(const Tile& tile) {
  const auto* panel = reinterpret_cast<const std::byte*>(tile.b);
  return reinterpret_cast<const Element*>(panel + kHeader) + tile.skipped * kPanelColumns;
}

class BFloat16Weights {
 public:
  HWY_INLINE explicit BFloat16Weights(const Tile& tile)
      : at_(first_elements<std::uint16_t, 0>(tile)), panel_(tile.panel_floats * 2) {}

  HWY_INLINE TileV load(std::size_t v) const {
    const std::size_t column = v % kPanelVectors * hn::Lanes(TileD());
    return load_bfloat16(at_ + v / kPanelVectors * panel_ + column);
  }
  HWY_INLINE void next() { at_ += kPanelColumns; }

 private:
  const std::uint16_t* at_;
  std::size_t panel_;  ///< Elements from one to the next.
};

class Int8Weights {
 public:
  HWY_INLINE explicit Int8Weights(const Tile& tile)
      : at_(first_elements<std::int8_t, kPanelColumns * sizeof(float)>(tile)),
        steps_(tile.b),
        panel_(tile.panel_floats) {}

  HWY_INLINE TileV load(std::size_t v) const {
    const TileD d;
    const std::size_t panel = v / kPanelVectors * panel_;
    const std::size_t column = v % kPanelVectors * hn::Lanes(d);
    return load_int8(at_ + panel * sizeof(float) + column, hn::LoadU(d, steps_ + panel + column));
  }
  HWY_INLINE void next() { at_ += kPanelColumns; }

 private:
  const std::int8_t* at_;
  const float* steps_;
  std::size_t panel_;  ///< Floats from one to the next.
};

/// As `multiply_column` of one tile of one row, to the same bits.
template <class Weights, std::size_t kVectors>
void multiply_decoded_row(const Tile& tile, std::size_t /*row*/, std::size_t /*tiles*/) {
  const TileD d;
  TileV sums[1][kVectors];
  start_sums(tile, sums);
  Weights weights(tile);
  const float* a = tile.rows.first;
  for (std::size_t run = 0; run < tile.rows.runs; ++run, a += tile.rows.jump) {
    for (std::size_t k = 0; k < tile.inner; ++k, weights.next()) {
      const TileV x = hn::Set(d, a[k]);
      WEIR_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[0][v] = hn::MulAdd(x, weights.load(v), sums[0][v]);
      }
    }
  }
  store_sums(tile, sums);
}

template <class Weights, std::size_t... kPanelsLessOne>
constexpr auto decoded_rows(std::index_sequence<kPanelsLessOne...>) {
  return std::array<TileFunction, kDecodedRowPanels>{
      &multiply_decoded_row<Weights, (kPanelsLessOne + 1) * kPanelVectors>...};
}

/// By the panels less one.
template <class Weights>
inline constexpr auto kDecodedRows =
    decoded_rows<Weights>(std::make_index_sequence<kDecodedRowPanels>());

/// Multiplies the tile's one row with its columns, which are of so many panels. `b` is where the
/// first of them begins.
HWY_INLINE void multiply_decoded_row(const Tile& tile, DType dtype, std::size_t panels) {
  const TileFunction function = dtype == DType::kInt8 ? kDecodedRows<Int8Weights>[panels - 1]
                                                      : kDecodedRows<BFloat16Weights>[panels - 1];
  if (tile.columns == panels * kPanelColumns) {
    function(tile, 0, 1);
  } else {
    multiply_padded_column(function, tile, panels * kPanelVectors, 1, 0, 1);
  }
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_DECODED_ROW_INL_H_
