#include "kernels/binary.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/binary.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/reference/binary.h"
#include "kernels/simd/part-inl.h"
#include "kernels/simd/unary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace {

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;

struct Add {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const { return hn::Add(a, b); }
};
struct Subtract {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const { return hn::Sub(a, b); }
};
struct Multiply {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const { return hn::Mul(a, b); }
};
struct Divide {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const { return hn::Div(a, b); }
};
// A NaN on either side wins.
struct Maximum {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const {
    return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  }
};
struct Minimum {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const {
    return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
  }
};
struct SquaredDifference {
  HWY_INLINE Floats operator()(FloatTag /*d*/, Floats a, Floats b) const {
    const Floats difference = hn::Sub(a, b);
    return hn::Mul(difference, difference);
  }
};
struct Prelu {
  HWY_INLINE Floats operator()(FloatTag d, Floats x, Floats alpha) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, alpha));
  }
};
/// The kinds that need the C library.
struct ByLibrary {
  BinaryKind kind;

  Floats operator()(FloatTag d, Floats a, Floats b) const {
    HWY_ALIGN float left[hn::MaxLanes(d)];
    HWY_ALIGN float right[hn::MaxLanes(d)];
    hn::Store(a, d, left);
    hn::Store(b, d, right);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
      left[i] = reference::apply_binary(kind, left[i], right[i]);
    }
    return hn::Load(d, left);
  }
};

/// Part of an operand's row: its elements one after the other, or one of them repeated.
struct RowOperand {
  const float* data;
  bool repeated;

  HWY_INLINE Floats load(FloatTag d, std::size_t i) const {
    return repeated ? hn::Set(d, *data) : hn::LoadU(d, data + i);
  }
  HWY_INLINE Floats load_part(FloatTag d, std::size_t i, std::size_t count) const {
    return repeated ? hn::Set(d, *data) : LoadPart(d, data + i, count);
  }
};

template <class Function>
void BinaryRow(const Function& function, RowOperand a, RowOperand b, float* out, std::size_t count,
               const Unary& activation) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Floats y = function(d, a.load(d, i), b.load(d, i));
    hn::StoreU(ApplyUnary(d, y, activation), d, out + i);
  }
  if (i == count) return;
  const std::size_t rest = count - i;
  const Floats y = function(d, a.load_part(d, i, rest), b.load_part(d, i, rest));
  StorePart(ApplyUnary(d, y, activation), d, out + i, rest);
}

void BinaryOfRow(BinaryKind kind, RowOperand a, RowOperand b, float* out, std::size_t count,
                 const Unary& activation) {
  switch (kind) {
    case BinaryKind::kAdd:
      return BinaryRow(Add(), a, b, out, count, activation);
    case BinaryKind::kSubtract:
      return BinaryRow(Subtract(), a, b, out, count, activation);
    case BinaryKind::kMultiply:
      return BinaryRow(Multiply(), a, b, out, count, activation);
    case BinaryKind::kDivide:
      return BinaryRow(Divide(), a, b, out, count, activation);
    case BinaryKind::kMaximum:
      return BinaryRow(Maximum(), a, b, out, count, activation);
    case BinaryKind::kMinimum:
      return BinaryRow(Minimum(), a, b, out, count, activation);
    case BinaryKind::kSquaredDifference:
      return BinaryRow(SquaredDifference(), a, b, out, count, activation);
    case BinaryKind::kPrelu:
      return BinaryRow(Prelu(), a, b, out, count, activation);
    default:
      return BinaryRow(ByLibrary{kind}, a, b, out, count, activation);
  }
}

void Binary(BinaryKind kind, const Broadcast& shape, const float* a, const float* b, float* out,
            const Unary& activation, const ThreadPool& pool) {
  const bool repeats_a = shape.row_strides[0] == 0;
  const bool repeats_b = shape.row_strides[1] == 0;
  for_broadcast_rows(shape, pool,
                     [&](const Broadcast::Strides& offsets, std::size_t start, std::size_t length) {
                       BinaryOfRow(kind, {a + offsets[0], repeats_a}, {b + offsets[1], repeats_b},
                                   out + start, length, activation);
                     });
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(Binary);

void binary(BinaryKind kind, const Broadcast& shape, const float* a, const float* b, float* out,
            const Unary& activation, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(Binary)(kind, shape, a, b, out, activation, pool);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
