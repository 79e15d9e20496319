#include "kernels/transpose.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/transpose.cpp"  // NOLINT
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Turns 4 x 4 words. Blocks of 128 bits are the same on every instruction set, and the memory, not
/// the turning, is what limits this kernel.
HWY_INLINE void TurnBlock(const std::uint32_t* in, std::size_t in_stride, std::uint32_t* out,
                          std::size_t out_stride) {
  const hn::FixedTag<std::uint32_t, 4> d;
  const hn::FixedTag<std::uint64_t, 2> d64;
  const auto row0 = hn::LoadU(d, in);
  const auto row1 = hn::LoadU(d, in + in_stride);
  const auto row2 = hn::LoadU(d, in + 2 * in_stride);
  const auto row3 = hn::LoadU(d, in + 3 * in_stride);
  const auto low01 = hn::BitCast(d64, hn::InterleaveLower(d, row0, row1));
  const auto low23 = hn::BitCast(d64, hn::InterleaveLower(d, row2, row3));
  const auto high01 = hn::BitCast(d64, hn::InterleaveUpper(d, row0, row1));
  const auto high23 = hn::BitCast(d64, hn::InterleaveUpper(d, row2, row3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, low01, low23)), d, out);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, low01, low23)), d, out + out_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, high01, high23)), d, out + 2 * out_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, high01, high23)), d, out + 3 * out_stride);
}

void TurnWords(const std::byte* in_bytes, std::size_t in_stride, std::byte* out_bytes,
               std::size_t out_stride, std::size_t rows, std::size_t columns) {
  const auto* in = reinterpret_cast<const std::uint32_t*>(in_bytes);
  auto* out = reinterpret_cast<std::uint32_t*>(out_bytes);
  const std::size_t whole_rows = rows / 4 * 4;
  const std::size_t whole_columns = columns / 4 * 4;
  for (std::size_t r = 0; r < whole_rows; r += 4) {
    for (std::size_t c = 0; c < whole_columns; c += 4) {
      TurnBlock(in + r * in_stride + c, in_stride, out + c * out_stride + r, out_stride);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) {
      out[c * out_stride + r] = in[r * in_stride + c];
    }
  }
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(TurnWords);

void turn_words(const std::byte* in, std::size_t in_stride, std::byte* out, std::size_t out_stride,
                std::size_t rows, std::size_t columns) {
  HWY_DYNAMIC_DISPATCH(TurnWords)(in, in_stride, out, out_stride, rows, columns);
}

}  // namespace weir::kernels
#endif
