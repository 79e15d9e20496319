#include "kernels/normalize.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/normalize.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/simd/part-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;
using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

/// The sum over one group of what `add(sum, x)` adds for each element x: nothing for `neutral`,
/// with which vectors are filled up. In doubles, and in two sums by turns, which do not wait for
/// each other.
template <class Add>
HWY_INLINE double SumGroup(const float* in, std::size_t pixels, std::size_t stride,
                           std::size_t channels, double neutral, const Add& add) {
  const DoubleTag d;
  const hn::Rebind<float, DoubleTag> narrow;
  const std::size_t lanes = hn::Lanes(d);
  Doubles even = hn::Zero(d);
  Doubles odd = hn::Zero(d);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    const float* row = in + pixel * stride;
    std::size_t c = 0;
    for (; c + 2 * lanes <= channels; c += 2 * lanes) {
      even = add(even, hn::PromoteTo(d, hn::LoadU(narrow, row + c)));
      odd = add(odd, hn::PromoteTo(d, hn::LoadU(narrow, row + c + lanes)));
    }
    for (; c < channels; c += lanes) {
      const std::size_t rest = std::min(lanes, channels - c);
      const Doubles loaded = hn::PromoteTo(d, LoadPart(narrow, row + c, rest));
      even = add(even, hn::IfThenElse(hn::FirstN(d, rest), loaded, hn::Set(d, neutral)));
    }
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
}

struct Normalizer {
  float center;
  float scale;
};

Normalizer FitGroup(NormalizeKind kind, const NormalizeShape& shape, double epsilon,
                    const float* in) {
  const auto count = static_cast<double>(shape.pixels * shape.channels);
  const std::size_t stride = shape.groups * shape.channels;
  const auto squares = [&](double center) {
    const Doubles middle = hn::Set(DoubleTag(), center);
    return SumGroup(in, shape.pixels, stride, shape.channels, center,
                    [middle](Doubles sum, Doubles x) HWY_ATTR {
                      const Doubles distance = hn::Sub(x, middle);
                      return hn::MulAdd(distance, distance, sum);
                    });
  };
  if (kind == NormalizeKind::kUnit) {
    const double inverse = 1.0 / std::sqrt(squares(0.0));
    return {0.0F, static_cast<float>(std::min(inverse, 1.0 / epsilon))};
  }
  if (kind == NormalizeKind::kRootMeanSquare) {
    return {0.0F, static_cast<float>(1.0 / std::sqrt(squares(0.0) / count + epsilon))};
  }
  const double mean = SumGroup(in, shape.pixels, stride, shape.channels, 0.0,
                               [](Doubles sum, Doubles x) HWY_ATTR { return hn::Add(sum, x); }) /
                      count;
  const double variance = squares(mean) / count;
  const auto scale = static_cast<float>(1.0 / std::sqrt(variance + epsilon));
  return {kind == NormalizeKind::kStandard ? static_cast<float>(mean) : 0.0F, scale};
}

/// out = (in - center) * (scale * gamma) + beta.
template <class LoadVector, class StoreVector>
HWY_INLINE void NormalizeVector(const Normalizer& normalizer, const float* in, const float* gamma,
                                const float* beta, const LoadVector& load,
                                const StoreVector& store) {
  const FloatTag d;
  Floats factor = hn::Set(d, normalizer.scale);
  if (gamma != nullptr) factor = hn::Mul(factor, load(gamma));
  const Floats x = hn::Sub(load(in), hn::Set(d, normalizer.center));
  const Floats y = beta != nullptr ? hn::MulAdd(x, factor, load(beta)) : hn::Mul(x, factor);
  store(y);
}

void NormalizeRow(const Normalizer& normalizer, const float* in, const float* gamma,
                  const float* beta, float* out, std::size_t channels) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  const auto at = [](const float* p, std::size_t c) { return p == nullptr ? nullptr : p + c; };
  std::size_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    NormalizeVector(
        normalizer, in + c, at(gamma, c), at(beta, c),
        [d](const float* p) HWY_ATTR { return hn::LoadU(d, p); },
        [d, to = out + c](Floats y) HWY_ATTR { hn::StoreU(y, d, to); });
  }
  if (c == channels) return;
  const std::size_t rest = channels - c;
  NormalizeVector(
      normalizer, in + c, at(gamma, c), at(beta, c),
      [d, rest](const float* p) HWY_ATTR { return LoadPart(d, p, rest); },
      [d, rest, to = out + c](Floats y) HWY_ATTR { StorePart(y, d, to, rest); });
}

void NormalizeGroup(NormalizeKind kind, const NormalizeShape& shape, double epsilon,
                    const float* in, const float* gamma, const float* beta, float* out) {
  const Normalizer normalizer = FitGroup(kind, shape, epsilon, in);
  const std::size_t stride = shape.groups * shape.channels;
  for (std::size_t pixel = 0; pixel < shape.pixels; ++pixel) {
    NormalizeRow(normalizer, in + pixel * stride, gamma, beta, out + pixel * stride,
                 shape.channels);
  }
}

/// An element is worth so many of a pass that only moves them: it is read for the sum, for the sum
/// of squares and to be scaled, the first two times in doubles.
constexpr std::size_t kPasses = 4;

void Normalize(NormalizeKind kind, const NormalizeShape& shape, double epsilon, const float* in,
               const float* gamma, const float* beta, float* out, const ThreadPool& pool) {
  const std::size_t sample = shape.pixels * shape.groups * shape.channels;
  for_rows(pool, shape.batch * shape.groups, shape.pixels * shape.channels * kPasses,
           [&](std::size_t begin, std::size_t end) {
             for (std::size_t i = begin; i < end; ++i) {
               const std::size_t channel = i % shape.groups * shape.channels;
               const std::size_t start = i / shape.groups * sample + channel;
               NormalizeGroup(kind, shape, epsilon, in + start,
                              gamma == nullptr ? nullptr : gamma + channel,
                              beta == nullptr ? nullptr : beta + channel, out + start);
             }
           });
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(Normalize);

void normalize(NormalizeKind kind, const NormalizeShape& shape, double epsilon, const float* in,
               const float* gamma, const float* beta, float* out, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(Normalize)(kind, shape, epsilon, in, gamma, beta, out, pool);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
