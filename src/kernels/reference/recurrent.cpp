#include "kernels/reference/recurrent.h"

#include "kernels/reference/unary.h"

namespace weir::kernels::reference {
namespace {

/// Calls visit(state index, sums of the row, unit) for every unit of the rows that are kept.
template <typename Sums, typename Visit>
void for_units(const RecurrentShape& shape, const StepMask& mask, std::size_t gates, Sums* sums,
               const Visit& visit) {
  for (std::size_t row = 0; row < shape.rows; ++row) {
    if (!mask.keeps(row)) continue;
    for (std::size_t unit = 0; unit < shape.units; ++unit) {
      visit(row * shape.units + unit, sums + row * gates * shape.units, unit);
    }
  }
}

}  // namespace

void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  float* hidden) {
  for_units(shape, mask, 1, sums, [&](std::size_t i, const float* row, std::size_t unit) {
    hidden[i] = apply_unary(row[unit], shape.activation);
  });
}

void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums, float* hidden,
                float* carry) {
  for_units(shape, mask, 4, sums, [&](std::size_t i, const float* row, std::size_t unit) {
    const auto gate = [&](std::size_t number) {
      const Unary& f = number == 2 ? shape.activation : shape.recurrent_activation;
      return apply_unary(row[number * shape.units + unit], f);
    };
    carry[i] = gate(1) * carry[i] + gate(0) * gate(2);
    hidden[i] = gate(3) * apply_unary(carry[i], shape.activation);
  });
}

void gru_reset_after(const RecurrentShape& shape, const float* inner, float* sums) {
  for_units(shape, {}, 3, sums, [&](std::size_t i, float* row, std::size_t unit) {
    float* gate = row + unit;
    gate[0] = apply_unary(gate[0], shape.recurrent_activation);
    gate[shape.units] = apply_unary(gate[shape.units], shape.recurrent_activation);
    gate[2 * shape.units] += gate[shape.units] * inner[i];
  });
}

void gru_reset_before(const RecurrentShape& shape, const float* hidden, float* sums, float* reset) {
  for_units(shape, {}, 3, sums, [&](std::size_t i, float* row, std::size_t unit) {
    float* gate = row + unit;
    gate[0] = apply_unary(gate[0], shape.recurrent_activation);
    gate[shape.units] = apply_unary(gate[shape.units], shape.recurrent_activation);
    reset[i] = gate[shape.units] * hidden[i];
  });
}

void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                float* hidden) {
  for_units(shape, mask, 3, sums, [&](std::size_t i, const float* row, std::size_t unit) {
    const float candidate = apply_unary(row[2 * shape.units + unit], shape.activation);
    hidden[i] = row[unit] * hidden[i] + (1.0F - row[unit]) * candidate;
  });
}

}  // namespace weir::kernels::reference
