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

/// Loads and stores of whole vectors.
struct WholeVectors {
  template <class D>
  HWY_INLINE hn::Vec<D> Load(D d, const float* from) const {
    return hn::LoadU(d, from);
  }
  template <class D>
  HWY_INLINE void Store(hn::Vec<D> v, D d, float* to) const {
    hn::StoreU(v, d, to);
  }
};

/// Loads and stores of the first `count` lanes.
struct PartVectors {
  std::size_t count;

  template <class D>
  HWY_INLINE hn::Vec<D> Load(D d, const float* from) const {
    return LoadPart(d, from, count);
  }
  template <class D>
  HWY_INLINE void Store(hn::Vec<D> v, D d, float* to) const {
    StorePart(v, d, to, count);
  }
};

/// Runs `body(i, lanes)` for each vector of `count` elements, the last of which may be a part:
/// `lanes` loads and stores what is there.
template <class D, class Body>
HWY_INLINE void ForLanes(D d, std::size_t count, const Body& body) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, WholeVectors());
  if (i < count) body(i, PartVectors{count - i});
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_PART_INL_H_
