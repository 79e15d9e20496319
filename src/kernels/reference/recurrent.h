#pragma once

#include "kernels/recurrent.h"

namespace weir::kernels::reference {

/// As their namesakes in kernels.
void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  float* hidden);
void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                float* carry);
void gru_reset_after(const RecurrentShape& shape, const float* inner, float* sums);
void gru_reset_before(const RecurrentShape& shape, const float* hidden, float* sums, float* reset);
void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                float* hidden);

}  // namespace weir::kernels::reference
