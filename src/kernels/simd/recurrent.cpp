#include "kernels/recurrent.h"

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/recurrent.cpp"
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

/// Any pair of activations.
struct AnyActivations {
  Unary activation;
  Unary recurrent_activation;

  HWY_INLINE Floats State(FloatTag d, Floats x) const { return ApplyUnary(d, x, activation); }
  HWY_INLINE Floats Gate(FloatTag d, Floats x) const {
    return ApplyUnary(d, x, recurrent_activation);
  }
};

/// Keras's own, which nearly all layers have: without a call for each. The same functions, so the
/// same bits.
struct DefaultActivations {
  HWY_INLINE Floats State(FloatTag d, Floats x) const { return TanhOf(d, x); }
  HWY_INLINE Floats Gate(FloatTag d, Floats x) const { return SigmoidOf(d, x); }
};

/// Floats that cost as much to move as a unit's activations do.
constexpr std::size_t kUnitWork = 32;

/// Runs `row(i)` for the rows that the mask keeps, on all threads where there are enough.
template <typename Row>
void ForRows(const RecurrentShape& shape, const StepMask& mask, const ThreadPool& pool,
             const Row& row) {
  for_rows(pool, shape.rows, shape.units * kUnitWork, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (mask.keeps(i)) row(i);
    }
  });
}

template <typename Run>
HWY_INLINE void WithActivations(const RecurrentShape& shape, const Run& run) {
  if (shape.activation.kind == UnaryKind::kTanh &&
      shape.recurrent_activation.kind == UnaryKind::kSigmoid) {
    run(DefaultActivations());
  } else {
    run(AnyActivations{shape.activation, shape.recurrent_activation});
  }
}

template <class Activations>
void LstmRow(const Activations& f, std::size_t units, const float* sums, float* hidden,
             float* carry) {
  const FloatTag d;
  ForLanes(d, units, [&](std::size_t i, auto lanes) HWY_ATTR {
    const Floats input = f.Gate(d, lanes.Load(d, sums + i));
    const Floats forget = f.Gate(d, lanes.Load(d, sums + units + i));
    const Floats candidate = f.State(d, lanes.Load(d, sums + 2 * units + i));
    const Floats output = f.Gate(d, lanes.Load(d, sums + 3 * units + i));
    const Floats kept = hn::Mul(forget, lanes.Load(d, carry + i));
    const Floats next = hn::MulAdd(input, candidate, kept);
    lanes.Store(next, d, carry + i);
    lanes.Store(hn::Mul(output, f.State(d, next)), d, hidden + i);
  });
}

/// Writes the two gates over their sums.
template <class Activations>
void GruResetAfterRow(const Activations& f, std::size_t units, const float* inner, float* sums) {
  const FloatTag d;
  ForLanes(d, units, [&](std::size_t i, auto lanes) HWY_ATTR {
    const Floats reset = f.Gate(d, lanes.Load(d, sums + units + i));
    const Floats candidate = lanes.Load(d, sums + 2 * units + i);
    lanes.Store(f.Gate(d, lanes.Load(d, sums + i)), d, sums + i);
    lanes.Store(reset, d, sums + units + i);
    lanes.Store(hn::MulAdd(reset, lanes.Load(d, inner + i), candidate), d, sums + 2 * units + i);
  });
}

template <class Activations>
void GruResetBeforeRow(const Activations& f, std::size_t units, const float* hidden, float* sums,
                       float* reset_hidden) {
  const FloatTag d;
  ForLanes(d, units, [&](std::size_t i, auto lanes) HWY_ATTR {
    const Floats reset = f.Gate(d, lanes.Load(d, sums + units + i));
    lanes.Store(f.Gate(d, lanes.Load(d, sums + i)), d, sums + i);
    lanes.Store(reset, d, sums + units + i);
    lanes.Store(hn::Mul(reset, lanes.Load(d, hidden + i)), d, reset_hidden + i);
  });
}

template <class Activations>
void GruUpdateRow(const Activations& f, std::size_t units, const float* sums, float* hidden) {
  const FloatTag d;
  ForLanes(d, units, [&](std::size_t i, auto lanes) HWY_ATTR {
    const Floats update = lanes.Load(d, sums + i);
    const Floats candidate = f.State(d, lanes.Load(d, sums + 2 * units + i));
    const Floats fresh = hn::Mul(hn::Sub(hn::Set(d, 1.0F), update), candidate);
    lanes.Store(hn::MulAdd(update, lanes.Load(d, hidden + i), fresh), d, hidden + i);
  });
}

void SimpleGates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                 float* hidden, const ThreadPool& pool) {
  ForRows(shape, mask, pool, [&](std::size_t row) {
    const std::size_t start = row * shape.units;
    MapUnary(sums + start, hidden + start, shape.units, shape.activation);
  });
}

void LstmGates(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
               float* carry, const ThreadPool& pool) {
  WithActivations(shape, [&](const auto& f) {
    ForRows(shape, mask, pool, [&](std::size_t row) {
      const std::size_t start = row * shape.units;
      LstmRow(f, shape.units, sums + 4 * start, hidden + start, carry + start);
    });
  });
}

void GruResetAfter(const RecurrentShape& shape, const float* inner, float* sums,
                   const ThreadPool& pool) {
  WithActivations(shape, [&](const auto& f) {
    ForRows(shape, {}, pool, [&](std::size_t row) {
      const std::size_t start = row * shape.units;
      GruResetAfterRow(f, shape.units, inner + start, sums + 3 * start);
    });
  });
}

void GruResetBefore(const RecurrentShape& shape, const float* hidden, float* sums, float* reset,
                    const ThreadPool& pool) {
  WithActivations(shape, [&](const auto& f) {
    ForRows(shape, {}, pool, [&](std::size_t row) {
      const std::size_t start = row * shape.units;
      GruResetBeforeRow(f, shape.units, hidden + start, sums + 3 * start, reset + start);
    });
  });
}

void GruUpdate(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
               const ThreadPool& pool) {
  WithActivations(shape, [&](const auto& f) {
    ForRows(shape, mask, pool, [&](std::size_t row) {
      const std::size_t start = row * shape.units;
      GruUpdateRow(f, shape.units, sums + 3 * start, hidden + start);
    });
  });
}

}  // namespace
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(SimpleGates);
HWY_EXPORT(LstmGates);
HWY_EXPORT(GruResetAfter);
HWY_EXPORT(GruResetBefore);
HWY_EXPORT(GruUpdate);

void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  float* hidden, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(SimpleGates)(shape, mask, sums, hidden, pool);
}

void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                float* carry, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(LstmGates)(shape, mask, sums, hidden, carry, pool);
}

void gru_reset_after(const RecurrentShape& shape, const float* inner, float* sums,
                     const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(GruResetAfter)(shape, inner, sums, pool);
}

void gru_reset_before(const RecurrentShape& shape, const float* hidden, float* sums, float* reset,
                      const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(GruResetBefore)(shape, hidden, sums, reset, pool);
}

void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(GruUpdate)(shape, mask, sums, hidden, pool);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
