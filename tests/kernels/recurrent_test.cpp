#include "kernels/recurrent.h"

#include <gtest/gtest.h>

#include "kernels/reference/recurrent.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

constexpr Unary kTanh{UnaryKind::kTanh};
constexpr Unary kSigmoid{UnaryKind::kSigmoid};

const RecurrentShape kShapes[] = {
    {1, 1, kTanh, kSigmoid},  {3, 7, kTanh, kSigmoid},
    {2, 16, kTanh, kSigmoid}, {5, 33, relu(), {UnaryKind::kHardSigmoid, 0.2F, 0.5F}},
    {2, 21, kSigmoid, kTanh}, {5, 1100, kTanh, kSigmoid},
    {2, 64, kTanh, kSigmoid}};

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 5e-7) << i;
}

/// The arrays of one step, at addresses that no vector is aligned to.
struct Arrays {
  Arrays(const RecurrentShape& shape, std::size_t gates)
      : sums(random_floats(shape.rows * shape.units * gates + 1, 1)),
        hidden(random_floats(shape.rows * shape.units + 1, 2)),
        other(random_floats(shape.rows * shape.units + 1, 3)),
        next(shape.rows * shape.units + 1) {}

  std::vector<float> sums;
  std::vector<float> hidden;
  std::vector<float> other;  ///< The carry, or a product of the hidden state.
  std::vector<float> next;
};

/// Runs `run(part)` for a grid of parts, some of several blocks of units.
template <typename Run>
void for_parts(const RecurrentShape& shape, const Run& run) {
  const std::size_t middle_row = (shape.rows + 1) / 2;
  const std::size_t blocks = unit_blocks(shape.units);
  const std::size_t middle_block = (blocks + 2) / 3;
  for (const Range& rows : {Range{0, middle_row}, Range{middle_row, shape.rows}}) {
    run(RecurrentPart{rows, {0, middle_block}});
    if (middle_block < blocks) run(RecurrentPart{rows, {middle_block, blocks}});
  }
}

/// Runs both on arrays of the same contents, the first part by part, and compares all of these.
template <typename Run, typename Reference>
void compare(std::size_t gates, const Run& run, const Reference& reference) {
  for_each_isa([&] {
    for (const RecurrentShape& shape : kShapes) {
      Arrays actual(shape, gates);
      Arrays expected(shape, gates);
      for_parts(shape, [&](const RecurrentPart& part) {
        run(shape, part, actual.sums.data() + 1, actual.hidden.data() + 1, actual.other.data() + 1,
            actual.next.data() + 1);
      });
      reference(shape, expected.sums.data() + 1, expected.hidden.data() + 1,
                expected.other.data() + 1, expected.next.data() + 1);
      expect_near(actual.sums, expected.sums);
      expect_near(actual.hidden, expected.hidden);
      expect_near(actual.other, expected.other);
      expect_near(actual.next, expected.next);
    }
  });
}

// Of the first five rows, the second and the last are kept.
constexpr bool kKept[] = {false, true, true, true, false, true, false, true, true, true};
constexpr StepMask kMask{kKept, 2};

TEST(RecurrentGates, OfASimpleCellAgreeWithTheReference) {
  compare(
      1,
      [](const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
         const float* hidden, float*,
         float* next) { simple_gates(shape, part, kMask, sums, hidden, next); },
      [](const RecurrentShape& shape, const float* sums, const float* hidden, float*, float* next) {
        reference::simple_gates(shape, kMask, sums, hidden, next);
      });
}

TEST(RecurrentGates, OfAnLstmAgreeWithTheReference) {
  for (const StepMask& mask : {StepMask(), kMask}) {
    compare(
        4,
        [&](const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
            const float* hidden, float* carry,
            float* next) { lstm_gates(shape, part, mask, sums, hidden, next, carry); },
        [&](const RecurrentShape& shape, const float* sums, const float* hidden, float* carry,
            float* next) { reference::lstm_gates(shape, mask, sums, hidden, next, carry); });
  }
}

TEST(RecurrentGates, OfAGruAgreeWithTheReference) {
  compare(
      3,
      [](const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
         const float* hidden, const float* inner,
         float* next) { gru_reset_after(shape, part, kMask, sums, inner, hidden, next); },
      [](const RecurrentShape& shape, const float* sums, const float* hidden, const float* inner,
         float* next) { reference::gru_reset_after(shape, kMask, sums, inner, hidden, next); });
  compare(
      3,
      [](const RecurrentShape& shape, const RecurrentPart& part, const float* sums,
         const float* hidden, float* reset, float* next) {
        gru_reset_before(shape, part, sums, hidden, reset);
        gru_update(shape, part, kMask, sums, hidden, next);
      },
      [](const RecurrentShape& shape, const float* sums, const float* hidden, float* reset,
         float* next) {
        reference::gru_reset_before(shape, sums, hidden, reset);
        reference::gru_update(shape, kMask, sums, hidden, next);
      });
}

TEST(RecurrentGates, KeepTheStatesOfMaskedRows) {
  const RecurrentShape shape{2, 9, kTanh, kSigmoid};
  Arrays arrays(shape, 4);
  const std::vector<float> carry = arrays.other;
  const bool kept[] = {false, true};
  lstm_gates(shape, {{0, 2}, {0, 1}}, {kept, 1}, arrays.sums.data(), arrays.hidden.data(),
             arrays.next.data(), arrays.other.data());
  for (std::size_t unit = 0; unit < shape.units; ++unit) {
    EXPECT_EQ(arrays.next[unit], arrays.hidden[unit]);
    EXPECT_EQ(arrays.other[unit], carry[unit]);
    EXPECT_NE(arrays.next[shape.units + unit], arrays.hidden[shape.units + unit]);
  }
}

}  // namespace
}  // namespace weir::kernels
