#include "kernels/reference/recurrent.h"

#include <algorithm>

#include "kernels/reference/unary.h"

namespace weir::kernels::reference {
namespace {

/// Where a row's sums of a unit lie: those of its block's gates, and of a GRU's candidate.
struct UnitSums {
  const float* row;
  std::size_t first;  ///< Of the first gate.
  std::size_t width;  ///< From one gate to the next.
  std::size_t candidate_at;

  float of(std::size_t gate) const { return row[first + gate * width]; }
  float candidate() const { return row[candidate_at]; }
};

UnitSums sums_of(const float* row, std::size_t units, std::size_t gates, std::size_t unit) {
  const std::size_t block = std::min(unit / kUnitBlock, unit_blocks(units) - 1);
  const auto [begin, end] = units_of({block, block + 1}, units);
  return {row, gates * begin + unit - begin, end - begin, gates * units + unit};
}

/// Calls visit(state index, sums) for every unit of the rows that are kept, and copies the states
/// of the others. `gates` lie in blocks, of `all`.
template <typename Visit>
void for_units(const RecurrentShape& shape, const StepMask& mask, std::size_t gates,
               std::size_t all, const float* sums, const float* hidden, float* next,
               const Visit& visit) {
  for (std::size_t row = 0; row < shape.rows; ++row) {
    for (std::size_t unit = 0; unit < shape.units; ++unit) {
      const std::size_t i = row * shape.units + unit;
      if (mask.keeps(row)) {
        next[i] = visit(i, sums_of(sums + row * all * shape.units, shape.units, gates, unit));
      } else {
        next[i] = hidden[i];
      }
    }
  }
}

float gru_state(float update, float hidden, float candidate) {
  return update * hidden + (1.0F - update) * candidate;
}

}  // namespace

void simple_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                  const float* hidden, float* next) {
  for_units(shape, mask, 1, 1, sums, hidden, next, [&](std::size_t, const UnitSums& sum) {
    return apply_unary(sum.of(0), shape.activation);
  });
}

void lstm_gates(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                const float* hidden, float* next, float* carry) {
  for_units(shape, mask, 4, 4, sums, hidden, next, [&](std::size_t i, const UnitSums& sum) {
    const auto gate = [&](std::size_t number) {
      return apply_unary(sum.of(number), shape.recurrent_activation);
    };
    carry[i] = gate(1) * carry[i] + gate(0) * apply_unary(sum.of(2), shape.activation);
    return gate(3) * apply_unary(carry[i], shape.activation);
  });
}

void gru_reset_after(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                     const float* inner, const float* hidden, float* next) {
  for_units(shape, mask, 2, 3, sums, hidden, next, [&](std::size_t i, const UnitSums& sum) {
    const float reset = apply_unary(sum.of(1), shape.recurrent_activation);
    return gru_state(apply_unary(sum.of(0), shape.recurrent_activation), hidden[i],
                     apply_unary(sum.candidate() + reset * inner[i], shape.activation));
  });
}

void gru_reset_before(const RecurrentShape& shape, const float* sums, const float* hidden,
                      float* reset) {
  for_units(shape, {}, 2, 3, sums, hidden, reset, [&](std::size_t i, const UnitSums& sum) {
    return apply_unary(sum.of(1), shape.recurrent_activation) * hidden[i];
  });
}

void gru_update(const RecurrentShape& shape, const StepMask& mask, const float* sums,
                const float* hidden, float* next) {
  for_units(shape, mask, 2, 3, sums, hidden, next, [&](std::size_t i, const UnitSums& sum) {
    return gru_state(apply_unary(sum.of(0), shape.recurrent_activation), hidden[i],
                     apply_unary(sum.candidate(), shape.activation));
  });
}

}  // namespace weir::kernels::reference
