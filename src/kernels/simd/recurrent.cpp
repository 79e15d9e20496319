#include "kernels/recurrent.h"

#include "kernels/copy_floats.h"

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

/// The same to a few more units in the last place.
struct FastActivations {
  HWY_INLINE Floats State(FloatTag d, Floats x) const { return FastTanhOf(d, x); }
  HWY_INLINE Floats Gate(FloatTag d, Floats x) const { return SigmoidOf(d, x); }
};

/// A gate times a state.
template <class Activations>
HWY_INLINE Floats Gated(FloatTag d, const Activations& f, Floats gate, Floats state) {
  return hn::Mul(f.Gate(d, gate), f.State(d, state));
}
HWY_INLINE Floats Gated(FloatTag d, const FastActivations& /*f*/, Floats gate, Floats state) {
  return GatedTanhOf(d, gate, state);
}

/// One block of a row: its sums are `width` floats of each gate.
struct Block {
  std::size_t width;
  const float* row;       ///< All sums of the row.
  std::size_t gates;      ///< Where in it those of the block's gates begin, …
  std::size_t candidate;  ///< … and those of a GRU's candidate.
  std::size_t at;         ///< Where its states begin.

  const float* sums(std::size_t gate) const { return row + gates + gate * width; }
};

/// Sums of a row that lie in blocks, and of one.
struct GateCounts {
  std::size_t in_blocks;
  std::size_t all;
};

/// Runs `run(block)` for the blocks of the part's rows that the mask keeps; the others' states are
/// copied.
template <typename Run>
HWY_INLINE void ForBlocks(const RecurrentShape& shape, const RecurrentPart& part,
                          const StepMask& mask, GateCounts gates, const float* sums,
                          const float* hidden, float* next, const Run& run) {
  const Range units = units_of(part.blocks, shape.units);
  for (std::size_t row = part.rows.begin; row < part.rows.end; ++row) {
    const std::size_t state = row * shape.units;
    if (!mask.keeps(row)) {
      copy_floats(hidden + state + units.begin, units.end - units.begin,
                  next + state + units.begin);
      continue;
    }
    for (std::size_t i = part.blocks.begin; i < part.blocks.end; ++i) {
      const auto [unit, end] = units_of({i, i + 1}, shape.units);
      run(Block{end - unit, sums + gates.all * state, gates.in_blocks * unit,
                gates.in_blocks * shape.units + unit, state + unit});
    }
  }
}

template <typename Run>
HWY_INLINE void WithActivations(const RecurrentShape& shape, const Run& run) {
  if (shape.activation.kind == UnaryKind::kTanh &&
      shape.recurrent_activation.kind == UnaryKind::kSigmoid) {
    if (shape.fast) {
      run(FastActivations());
    } else {
      run(DefaultActivations());
    }
  } else {
    run(AnyActivations{shape.activation, shape.recurrent_activation});
  }
}

void SimpleGates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                 const float* sums, const float* hidden, float* next) {
  ForBlocks(shape, part, mask, {1, 1}, sums, hidden, next, [&](const Block& block) {
    MapUnary(block.sums(0), next + block.at, block.width, shape.activation);
  });
}

/// The carry of all units first, and then the outputs: a processor looks ahead over some units, and
/// would wait where each of them is one long chain.
template <class Activations>
HWY_INLINE void LstmBlock(const Activations& f, const Block& block, float* next, float* carry) {
  const FloatTag d;
  ForLanes(d, block.width, [&](std::size_t i, auto lanes) HWY_ATTR {
    const auto sum = [&](std::size_t gate) HWY_ATTR { return lanes.Load(d, block.sums(gate) + i); };
    const Floats added = Gated(d, f, sum(0), sum(2));
    lanes.Store(hn::MulAdd(f.Gate(d, sum(1)), lanes.Load(d, carry + i), added), d, carry + i);
  });
  ForLanes(d, block.width, [&](std::size_t i, auto lanes) HWY_ATTR {
    const Floats output = lanes.Load(d, block.sums(3) + i);
    lanes.Store(Gated(d, f, output, lanes.Load(d, carry + i)), d, next + i);
  });
}

void LstmGates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
               const float* sums, const float* hidden, float* next, float* carry) {
  WithActivations(shape, [&](const auto& f) {
    ForBlocks(shape, part, mask, {4, 4}, sums, hidden, next,
              [&](const Block& block) { LstmBlock(f, block, next + block.at, carry + block.at); });
  });
}

/// update * hidden + (1 - update) * candidate.
HWY_INLINE Floats GruState(FloatTag d, Floats update, Floats hidden, Floats candidate) {
  const Floats fresh = hn::Mul(hn::Sub(hn::Set(d, 1.0F), update), candidate);
  return hn::MulAdd(update, hidden, fresh);
}

void GruResetAfter(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                   const float* sums, const float* inner, const float* hidden, float* next) {
  const FloatTag d;
  WithActivations(shape, [&](const auto& f) {
    ForBlocks(shape, part, mask, {2, 3}, sums, hidden, next, [&](const Block& block) {
      ForLanes(d, block.width, [&](std::size_t i, auto lanes) HWY_ATTR {
        const Floats reset = f.Gate(d, lanes.Load(d, block.sums(1) + i));
        const Floats sum = hn::MulAdd(reset, lanes.Load(d, inner + block.at + i),
                                      lanes.Load(d, block.row + block.candidate + i));
        const Floats update = f.Gate(d, lanes.Load(d, block.sums(0) + i));
        const Floats before = lanes.Load(d, hidden + block.at + i);
        lanes.Store(GruState(d, update, before, f.State(d, sum)), d, next + block.at + i);
      });
    });
  });
}

void GruResetBefore(const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
                    const float* hidden, float* reset) {
  const FloatTag d;
  WithActivations(shape, [&](const auto& f) {
    ForBlocks(shape, part, {}, {2, 3}, sums, hidden, reset, [&](const Block& block) {
      ForLanes(d, block.width, [&](std::size_t i, auto lanes) HWY_ATTR {
        const Floats gate = f.Gate(d, lanes.Load(d, block.sums(1) + i));
        const Floats before = lanes.Load(d, hidden + block.at + i);
        lanes.Store(hn::Mul(gate, before), d, reset + block.at + i);
      });
    });
  });
}

void GruUpdate(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
               const float* sums, const float* hidden, float* next) {
  const FloatTag d;
  WithActivations(shape, [&](const auto& f) {
    ForBlocks(shape, part, mask, {2, 3}, sums, hidden, next, [&](const Block& block) {
      ForLanes(d, block.width, [&](std::size_t i, auto lanes) HWY_ATTR {
        const Floats update = f.Gate(d, lanes.Load(d, block.sums(0) + i));
        const Floats candidate = f.State(d, lanes.Load(d, block.row + block.candidate + i));
        const Floats before = lanes.Load(d, hidden + block.at + i);
        lanes.Store(GruState(d, update, before, candidate), d, next + block.at + i);
      });
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

void simple_gates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                  const float* sums, const float* hidden, float* next) {
  HWY_DYNAMIC_DISPATCH(SimpleGates)(shape, part, mask, sums, hidden, next);
}

void lstm_gates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                const float* sums, const float* hidden, float* next, float* carry) {
  HWY_DYNAMIC_DISPATCH(LstmGates)(shape, part, mask, sums, hidden, next, carry);
}

void gru_reset_after(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                     const float* sums, const float* inner, const float* hidden, float* next) {
  HWY_DYNAMIC_DISPATCH(GruResetAfter)(shape, part, mask, sums, inner, hidden, next);
}

void gru_reset_before(const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
                      const float* hidden, float* reset) {
  HWY_DYNAMIC_DISPATCH(GruResetBefore)(shape, part, sums, hidden, reset);
}

void gru_update(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                const float* sums, const float* hidden, float* next) {
  HWY_DYNAMIC_DISPATCH(GruUpdate)(shape, part, mask, sums, hidden, next);
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
