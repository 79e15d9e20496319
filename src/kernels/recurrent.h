#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/split.h"
#include "kernels/unary.h"

/// The gates of recurrent layers: what follows the products of one time step, for some rows and
/// units at a time, so that a thread finishes what it has just multiplied while it is in its cache.
///
/// Units are taken in blocks, and the sums of a block's gates lie together: a row is [block][gate]
/// [unit]. States have rows of `units`; a step reads the hidden state in `hidden` and writes the
/// next one to `next`, which may not overlap, for other parts of the step still multiply the first.
/// Everything is done element by element, so the bits do not depend on the parts.
namespace weir::kernels {

/// Units of a block. The last has those that are left as well, and is longer, so that no block's
/// columns need a product of a kind of its own.
inline constexpr std::size_t kUnitBlock = kPanelColumns;

constexpr std::size_t unit_blocks(std::size_t units) {
  return std::max<std::size_t>(units / kUnitBlock, 1);
}
/// The units of some neighbouring blocks, of `units` in all.
constexpr Range units_of(Range blocks, std::size_t units) {
  return {blocks.begin * kUnitBlock,
          blocks.end == unit_blocks(units) ? units : blocks.end * kUnitBlock};
}

struct RecurrentShape {
  std::size_t rows = 0;
  std::size_t units = 0;
  Unary activation;
  Unary recurrent_activation;
  bool fast = false;  ///< Gates of tanh and sigmoid may be off by 4 units in the last place, not 2.
};

/// Some rows of a step, and whole blocks of their units.
struct RecurrentPart {
  Range rows;
  Range blocks;
};

/// Which rows of a time step are kept: the others leave their states as they are.
struct StepMask {
  const bool* first = nullptr;  ///< Of row 0; null where all are kept.
  std::size_t stride = 0;       ///< From one row to the next.

  bool keeps(std::size_t row) const { return first == nullptr || first[row * stride]; }
};

/// next = activation(sums).
void simple_gates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                  const float* sums, const float* hidden, float* next);

/// The gates are input, forget, candidate and output:
/// carry = f(forget) * carry + f(input) * g(candidate), next = f(output) * g(carry), f being the
/// recurrent activation and g the other one.
void lstm_gates(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                const float* sums, const float* hidden, float* next, float* carry);

/// The gates of a GRU are update and reset in blocks, and then the candidate's sums of all units.
/// next = f(update) * hidden + (1 - f(update)) * g(candidate + f(reset) * inner): the reset after
/// the product, which is `inner`.
void gru_reset_after(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                     const float* sums, const float* inner, const float* hidden, float* next);

/// reset = f(reset) * hidden: before the product that is added to the candidate's sums.
void gru_reset_before(const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
                      const float* hidden, float* reset);
/// next = f(update) * hidden + (1 - f(update)) * g(candidate): after it.
void gru_update(const RecurrentShape& shape, const RecurrentPart& part, const StepMask& mask,
                const float* sums, const float* hidden, float* next);

}  // namespace weir::kernels
