#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/unary.h"

/// The gates of recurrent layers: what follows the products of one time step. `sums` has a row of
/// sums for each sample, gate after gate of `units` each; states have rows of `units`. Everything
/// is done element by element, so the bits do not depend on the number of rows.
namespace weir::kernels {

struct RecurrentShape {
  std::size_t rows = 0;
  std::size_t units = 0;
  Unary activation;
  Unary recurrent_activation;
};

/// Which rows of a time step are kept: the others leave their states as they are.
struct StepMask {
  const bool* first = nullptr;  ///< Of row 0; null where all are kept.
  std::size_t stride = 0;       ///< From one row to the next.

  bool keeps(std::size_t row) const { return first == nullptr || first[row * stride]; }
};

/// hidden = activation(sums).
void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  float* hidden, const ThreadPool& pool);

/// The gates are input, forget, candidate and output:
/// carry = f(forget) * carry + f(input) * g(candidate), hidden = f(output) * g(carry), f being the
/// recurrent activation and g the other one.
void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                float* carry, const ThreadPool& pool);

/// The gates are update, reset and candidate. Applies the recurrent activation to the first two,
/// then adds f(reset) * inner to the candidate: the reset after the product.
void gru_reset_after(const RecurrentShape& shape, const float* inner, float* sums,
                     const ThreadPool& pool);
/// The same gates, then reset = f(reset) * hidden: the reset before the product.
void gru_reset_before(const RecurrentShape& shape, const float* hidden, float* sums, float* reset,
                      const ThreadPool& pool);
/// hidden = update * hidden + (1 - update) * g(candidate).
void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                const ThreadPool& pool);

}  // namespace weir::kernels
