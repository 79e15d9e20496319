// Vectors of which only the first few lanes lie in memory. Included once for each target.
//
// Highway 1.0's MaskedLoad reads the whole vector, from an aligned address, on targets that have no
// masked loads (SSE4): beyond the end of the data.

#if defined(WEIR_KERNELS_SIMD_PART_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_PART_INL_H_
#undef WEIR_KERNELS_SIMD_PART_INL_H_
#else
#define WEIR_KERNELS_SIMD_PART_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The first `count` lanes from `from`, zero in the others; reads nothing beyond.
template <class D>
HWY_INLINE hn::Vec<D> LoadPart(D d, const float* from, std::size_t count) {
#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3 || HWY_TARGET == HWY_NEON
  HWY_ALIGN float lanes[hn::MaxLanes(d)] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#endif
}

/// Writes the first `count` lanes to `to`, and nothing beyond.
template <class D>
HWY_INLINE void StorePart(hn::Vec<D> v, D d, float* to, std::size_t count) {
  hn::BlendedStore(v, hn::FirstN(d, count), d, to);
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_PART_INL_H_
