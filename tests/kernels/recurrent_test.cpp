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
    {2, 21, kSigmoid, kTanh}, {5, 1100, kTanh, kSigmoid}};

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 5e-7) << i;
}

/// The arrays of one step, at addresses that no vector is aligned to.
struct Arrays {
  Arrays(const RecurrentShape& shape, std::size_t gates)
      : sums(random_floats(shape.rows * shape.units * gates + 1, 1)),
        hidden(random_floats(shape.rows * shape.units + 1, 2)),
        other(random_floats(shape.rows * shape.units + 1, 3)) {}

  std::vector<float> sums;
  std::vector<float> hidden;
  std::vector<float> other;  ///< The carry, or a product of the hidden state.
};

/// Runs both on arrays of the same contents, and compares all of these.
template <typename Run, typename Reference>
void compare(std::size_t gates, const Run& run, const Reference& reference) {
  for_each_isa([&] {
    for (const RecurrentShape& shape : kShapes) {
      Arrays actual(shape, gates);
      Arrays expected(shape, gates);
      run(shape, actual.sums.data() + 1, actual.hidden.data() + 1, actual.other.data() + 1);
      reference(shape, expected.sums.data() + 1, expected.hidden.data() + 1,
                expected.other.data() + 1);
      expect_near(actual.sums, expected.sums);
      expect_near(actual.hidden, expected.hidden);
      expect_near(actual.other, expected.other);
    }
  });
}

// Of the first five rows, the second and the last are kept.
constexpr bool kKept[] = {false, true, true, true, false, true, false, true, true, true};
constexpr StepMask kMask{kKept, 2};

/// Two threads: shapes with much to do are shared among them.
const ThreadPool& pool() {
  static const ThreadPool two(2);
  return two;
}

TEST(RecurrentGates, OfASimpleCellAgreeWithTheReference) {
  compare(
      1,
      [](const RecurrentShape& shape, const float* sums, float* hidden, float*) {
        simple_gates(shape, kMask, sums, hidden, pool());
      },
      [](const RecurrentShape& shape, const float* sums, float* hidden, float*) {
        reference::simple_gates(shape, kMask, sums, hidden);
      });
}

TEST(RecurrentGates, OfAnLstmAgreeWithTheReference) {
  for (const StepMask& mask : {StepMask(), kMask}) {
    compare(
        4,
        [&](const RecurrentShape& shape, const float* sums, float* hidden, float* carry) {
          lstm_gates(shape, mask, sums, hidden, carry, pool());
        },
        [&](const RecurrentShape& shape, const float* sums, float* hidden, float* carry) {
          reference::lstm_gates(shape, mask, sums, hidden, carry);
        });
  }
}

TEST(RecurrentGates, OfAGruAgreeWithTheReference) {
  compare(
      3,
      [](const RecurrentShape& shape, float* sums, float* hidden, float* inner) {
        gru_reset_after(shape, inner, sums, pool());
        gru_update(shape, kMask, sums, hidden, pool());
      },
      [](const RecurrentShape& shape, float* sums, float* hidden, float* inner) {
        reference::gru_reset_after(shape, inner, sums);
        reference::gru_update(shape, kMask, sums, hidden);
      });
  compare(
      3,
      [](const RecurrentShape& shape, float* sums, float* hidden, float* reset) {
        gru_reset_before(shape, hidden, sums, reset, pool());
      },
      [](const RecurrentShape& shape, float* sums, float* hidden, float* reset) {
        reference::gru_reset_before(shape, hidden, sums, reset);
      });
}

TEST(RecurrentGates, LeaveMaskedRowsAlone) {
  const RecurrentShape shape{2, 9, kTanh, kSigmoid};
  Arrays arrays(shape, 4);
  const Arrays before = arrays;
  const bool kept[] = {false, true};
  lstm_gates(shape, {kept, 1}, arrays.sums.data(), arrays.hidden.data(), arrays.other.data(),
             pool());
  for (std::size_t unit = 0; unit < shape.units; ++unit) {
    EXPECT_EQ(arrays.hidden[unit], before.hidden[unit]);
    EXPECT_EQ(arrays.other[unit], before.other[unit]);
    EXPECT_NE(arrays.hidden[shape.units + unit], before.hidden[shape.units + unit]);
  }
}

}  // namespace
}  // namespace weir::kernels
