#include "kernels/attention.h"

#include <algorithm>

#include "kernels/product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/attention.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/simd/math-inl.h"
#include "kernels/simd/part-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace {

/// Vectors run along the keys, of which a panel has 16, so a sum is one chain over the terms.
void TanhScores(std::size_t rows, std::size_t keys, std::size_t key_size, const float* queries,
                std::size_t stride, const float* packed_keys, const float* terms, float* scores) {
  const hn::CappedTag<float, kPanelColumns> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* query = queries + r * stride;
    for (std::size_t key = 0; key < keys; key += lanes) {
      const float* column =
          packed_keys + key / kPanelColumns * kPanelColumns * key_size + key % kPanelColumns;
      auto sum = hn::Zero(d);
      for (std::size_t i = 0; i < key_size; ++i, column += kPanelColumns) {
        const auto term = hn::Set(d, terms == nullptr ? 1.0F : terms[i]);
        const auto x = hn::Add(hn::Set(d, query[i]), hn::LoadU(d, column));
        sum = hn::MulAdd(term, TanhOf(d, x), sum);
      }
      StorePart(sum, d, scores + r * keys + key, std::min(lanes, keys - key));
    }
  }
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(TanhScores);

void tanh_scores(std::size_t rows, std::size_t keys, std::size_t key_size, const float* queries,
                 std::size_t stride, const float* packed_keys, const float* terms, float* scores) {
  HWY_DYNAMIC_DISPATCH(TanhScores)
  (rows, keys, key_size, queries, stride, packed_keys, terms, scores);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
