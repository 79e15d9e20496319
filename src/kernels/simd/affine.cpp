#include "kernels/affine.h"

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/affine.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/simd/part-inl.h"
#include "kernels/simd/unary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace {

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;

/// Runs `whole(i)` for every full vector of `count` elements, and `part(i, rest)` for the `rest`
/// after them.
template <class Whole, class Part>
HWY_INLINE void ForVectors(FloatTag d, std::size_t count, const Whole& whole, const Part& part) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) whole(i);
  if (i < count) part(i, count - i);
}

/// One pixel: a scale and a shift for each element.
void AffinePixel(const float* in, const float* scale, const float* shift, float* out,
                 std::size_t channels, const Unary& activation) {
  const FloatTag d;
  ForVectors(
      d, channels,
      [&](std::size_t c) HWY_ATTR {
        const Floats y =
            hn::MulAdd(hn::LoadU(d, in + c), hn::LoadU(d, scale + c), hn::LoadU(d, shift + c));
        hn::StoreU(ApplyUnary(d, y, activation), d, out + c);
      },
      [&](std::size_t c, std::size_t rest) HWY_ATTR {
        const Floats y = hn::MulAdd(LoadPart(d, in + c, rest), LoadPart(d, scale + c, rest),
                                    LoadPart(d, shift + c, rest));
        StorePart(ApplyUnary(d, y, activation), d, out + c, rest);
      });
}

/// One channel: the same scale and shift for all elements.
void AffineChannel(const float* in, float scale, float shift, float* out, std::size_t count,
                   const Unary& activation) {
  const FloatTag d;
  const Floats factor = hn::Set(d, scale);
  const Floats term = hn::Set(d, shift);
  ForVectors(
      d, count,
      [&](std::size_t i) HWY_ATTR {
        const Floats y = hn::MulAdd(hn::LoadU(d, in + i), factor, term);
        hn::StoreU(ApplyUnary(d, y, activation), d, out + i);
      },
      [&](std::size_t i, std::size_t rest) HWY_ATTR {
        const Floats y = hn::MulAdd(LoadPart(d, in + i, rest), factor, term);
        StorePart(ApplyUnary(d, y, activation), d, out + i, rest);
      });
}

void GatedRow(const float* values, const float* gates, float* out, std::size_t count) {
  const FloatTag d;
  ForVectors(
      d, count,
      [&](std::size_t i) HWY_ATTR {
        const Floats gate = SigmoidOf(d, hn::LoadU(d, gates + i));
        hn::StoreU(hn::Mul(hn::LoadU(d, values + i), gate), d, out + i);
      },
      [&](std::size_t i, std::size_t rest) HWY_ATTR {
        const Floats gate = SigmoidOf(d, LoadPart(d, gates + i, rest));
        StorePart(hn::Mul(LoadPart(d, values + i, rest), gate), d, out + i, rest);
      });
}

void ChannelAffine(const ChannelShape& shape, const float* in, const float* scale,
                   const float* shift, float* out, const Unary& activation,
                   const ThreadPool& pool) {
  if (shape.inner == 1) {
    for_rows(pool, shape.outer, shape.channels, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t start = i * shape.channels;
        AffinePixel(in + start, scale, shift, out + start, shape.channels, activation);
      }
    });
    return;
  }
  for_rows(pool, shape.outer * shape.channels, shape.inner,
           [&](std::size_t begin, std::size_t end) {
             for (std::size_t i = begin; i < end; ++i) {
               const std::size_t c = i % shape.channels;
               const std::size_t start = i * shape.inner;
               AffineChannel(in + start, scale[c], shift[c], out + start, shape.inner, activation);
             }
           });
}

void GatedLinear(const ChannelShape& shape, const float* in, float* out, const ThreadPool& pool) {
  const std::size_t half = shape.channels * shape.inner;
  for_rows(pool, shape.outer, half, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const float* values = in + 2 * i * half;
      GatedRow(values, values + half, out + i * half, half);
    }
  });
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(ChannelAffine);
HWY_EXPORT(GatedLinear);

void channel_affine(const ChannelShape& shape, const float* in, const float* scale,
                    const float* shift, float* out, const Unary& activation,
                    const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(ChannelAffine)(shape, in, scale, shift, out, activation, pool);
}

void gated_linear(const ChannelShape& shape, const float* in, float* out, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(GatedLinear)(shape, in, out, pool);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
