#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/softmax.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/simd/math-inl.h"
#include "kernels/simd/part-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace {

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;
using FloatMask = hn::Mask<FloatTag>;
using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// The larger one; NaN wins.
HWY_INLINE Floats MaxOf(Floats a, Floats b) {
  return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
}

float RowMaximum(const float* in, std::size_t count) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  Floats largest = hn::Set(d, kLowest);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) largest = MaxOf(largest, hn::LoadU(d, in + i));
  if (i < count) {
    const FloatMask part = hn::FirstN(d, count - i);
    const Floats x = LoadPart(d, in + i, count - i);
    largest = MaxOf(largest, hn::IfThenElse(part, x, hn::Set(d, kLowest)));
  }
  if (!hn::AllFalse(d, hn::IsNaN(largest))) return std::numeric_limits<float>::quiet_NaN();
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

HWY_INLINE Doubles AddWide(Doubles sum, Floats x) {
  const DoubleTag dd;
  const hn::Half<FloatTag> half;
  sum = hn::Add(sum, hn::PromoteTo(dd, hn::LowerHalf(half, x)));
  return hn::Add(sum, hn::PromoteTo(dd, hn::UpperHalf(half, x)));
}

/// The sum of exp(in - shift), and those values in `out` unless it is null.
double ExpRow(const float* in, float shift, float* out, std::size_t count) {
  const FloatTag d;
  const DoubleTag dd;
  const std::size_t lanes = hn::Lanes(d);
  const Floats largest = hn::Set(d, shift);
  Doubles sum = hn::Zero(dd);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Floats e = ExpOfNegative(d, hn::Sub(hn::LoadU(d, in + i), largest));
    if (out != nullptr) hn::StoreU(e, d, out + i);
    sum = AddWide(sum, e);
  }
  if (i < count) {
    const FloatMask part = hn::FirstN(d, count - i);
    const Floats x = LoadPart(d, in + i, count - i);
    const Floats e = hn::IfThenElseZero(part, ExpOfNegative(d, hn::Sub(x, largest)));
    if (out != nullptr) StorePart(e, d, out + i, count - i);
    sum = AddWide(sum, e);
  }
  return hn::GetLane(hn::SumOfLanes(dd, sum));
}

struct Line {
  float origin;
  float slope;
  float offset;
};

/// out = (in - origin) * slope - offset.
void MapLine(const float* in, const Line& line, float* out, std::size_t count) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  const Floats origin = hn::Set(d, line.origin);
  const Floats slope = hn::Set(d, line.slope);
  const Floats offset = hn::Set(d, line.offset);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::MulSub(hn::Sub(hn::LoadU(d, in + i), origin), slope, offset), d, out + i);
  }
  if (i == count) return;
  const Floats x = LoadPart(d, in + i, count - i);
  StorePart(hn::MulSub(hn::Sub(x, origin), slope, offset), d, out + i, count - i);
}

void SoftmaxRow(const float* in, bool logarithm, float* out, std::size_t count) {
  const float largest = RowMaximum(in, count);
  const double sum = ExpRow(in, largest, logarithm ? nullptr : out, count);
  if (logarithm) {
    MapLine(in, {largest, 1.0F, static_cast<float>(std::log(sum))}, out, count);
  } else {
    MapLine(out, {0.0F, static_cast<float>(1.0 / sum), 0.0F}, out, count);
  }
}

/// Up to a vector of neighbouring columns, `stride` apart from row to row.
void SoftmaxColumns(const float* in, bool logarithm, float* out, std::size_t rows,
                    std::size_t stride, std::size_t columns) {
  const FloatTag d;
  const auto load = [&](const float* p, std::size_t row)
                        HWY_ATTR { return LoadPart(d, p + row * stride, columns); };
  Floats largest = hn::Set(d, kLowest);
  for (std::size_t row = 0; row < rows; ++row) largest = MaxOf(largest, load(in, row));
  Floats sum = hn::Zero(d);
  for (std::size_t row = 0; row < rows; ++row) {
    const Floats e = ExpOfNegative(d, hn::Sub(load(in, row), largest));
    if (!logarithm) StorePart(e, d, out + row * stride, columns);
    sum = hn::Add(sum, e);
  }
  const Floats scale = hn::Div(hn::Set(d, 1.0F), sum);
  const Floats shift = LogOf(d, sum);
  for (std::size_t row = 0; row < rows; ++row) {
    const Floats y = logarithm ? hn::Sub(hn::Sub(load(in, row), largest), shift)
                               : hn::Mul(load(out, row), scale);
    StorePart(y, d, out + row * stride, columns);
  }
}

void Softmax(const ChannelShape& shape, bool logarithm, const float* in, float* out,
             const ThreadPool& pool) {
  const std::size_t sample = shape.channels * shape.inner;
  if (shape.inner == 1) {
    for_rows(pool, shape.outer, sample, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        SoftmaxRow(in + i * sample, logarithm, out + i * sample, sample);
      }
    });
    return;
  }
  const std::size_t lanes = hn::Lanes(FloatTag());
  const std::size_t blocks = (shape.inner + lanes - 1) / lanes;
  for_rows(pool, shape.outer * blocks, shape.channels * lanes,
           [&](std::size_t begin, std::size_t end) {
             for (std::size_t i = begin; i < end; ++i) {
               const std::size_t column = i % blocks * lanes;
               const std::size_t start = i / blocks * sample + column;
               SoftmaxColumns(in + start, logarithm, out + start, shape.channels, shape.inner,
                              std::min(lanes, shape.inner - column));
             }
           });
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(Softmax);

void softmax(const ChannelShape& shape, bool logarithm, const float* in, float* out,
             const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(Softmax)(shape, logarithm, in, out, pool);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
