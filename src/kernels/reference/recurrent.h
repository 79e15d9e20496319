#pragma once

#include "kernels/recurrent.h"

namespace weir::kernels::reference {

/// As their namesakes in kernels, for all rows and units.
void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  const float* hidden, float* next);
void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                const float* hidden, float* next, float* carry);
void gru_reset_after(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                     const float* inner, const float* hidden, float* next);
void gru_reset_before(const RecurrentShape& shape, const float* sums, const float* hidden,
                      float* reset);
void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                const float* hidden, float* next);

}  // namespace weir::kernels::reference
