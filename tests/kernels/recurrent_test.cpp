#include "kernels/recurrent.h"

#include <gtest/gtest.h>

#include "kernels/reference/recurrent.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

constexpr Unary kTanh{UnaryKind::kTanh};
constexpr Unary kSigmoid{UnaryKind::kSigmoid};

const RecurrentShape kShapes[] = {
    {1, 1, kTanh, kSigmoid},       {3, 7, kTanh, kSigmoid},
    {2, 16, kTanh, kSigmoid},      {5, 33, relu(), {UnaryKind::kHardSigmoid, 0.2F, 0.5F}},
    {2, 21, kSigmoid, kTanh},      {5, 1100, kTanh, kSigmoid},
    {2, 64, kTanh, kSigmoid},      {2, 64, kTanh, kSigmoid, true},
    {3, 21, kTanh, kSigmoid, true}};

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

/// sigmoid(gate) tanh(x) for each pair, as an LSTM without a past computes its carry.
std::vector<float> gated(const std::vector<float>& gates, const std::vector<float>& x) {
  const RecurrentShape shape{1, x.size(), kTanh, kSigmoid, /*fast=*/true};
  std::vector<float> sums(4 * x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    float* const block = sums.data() + i / kUnitBlock * 4 * kUnitBlock + i % kUnitBlock;
    block[0] = gates[i];
    block[2 * kUnitBlock] = x[i];
  }
  std::vector<float> hidden(x.size());
  std::vector<float> next(x.size());
  std::vector<float> carry(x.size());
  lstm_gates(shape, {{0, 1}, {0, unit_blocks(x.size())}}, {}, sums.data(), hidden.data(),
             next.data(), carry.data());
  return carry;
}

TEST(RecurrentGates, FastOnesAreRightToFourUnitsInTheLastPlace) {
  std::vector<float> gates;
  std::vector<float> x;
  for (const float gate : {-60.0F, -9.3F, -1.0F, -0.1F, 0.0F, 0.4F, 2.7F, 100.0F}) {
    for (int i = -24000; i < 24000; ++i) {
      gates.push_back(gate);
      x.push_back(static_cast<float>(i) * (i % 2 == 0 ? 1e-3F : 3e-5F));
    }
  }
  for_each_isa([&] {
    const std::vector<float> results = gated(gates, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = std::tanh(double{x[i]}) / (1.0 + std::exp(-double{gates[i]}));
      const auto rounded = std::abs(static_cast<float>(expected));
      const double unit = std::nextafter(rounded, 2.0F) - rounded;
      ASSERT_LE(std::abs(results[i] - expected), 4.0 * unit) << gates[i] << ", " << x[i];
    }
  });
}

TEST(RecurrentGates, FastOnesTakeInfinitiesZerosAndNaN) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> gates{kInfinity, kInfinity, 0.0F, 0.0F, kNaN, 0.0F, -kInfinity, -1e30F};
  std::vector<float> x{kInfinity, -kInfinity, 0.0F, -0.0F, 1.0F, kNaN, 1.0F, kInfinity};
  gates.resize(kUnitBlock);
  x.resize(kUnitBlock);
  for_each_isa([&] {
    const std::vector<float> results = gated(gates, x);
    EXPECT_EQ(results[0], 1.0F);
    EXPECT_EQ(results[1], -1.0F);
    EXPECT_EQ(results[2], 0.0F);
    EXPECT_EQ(results[3], 0.0F);
    EXPECT_TRUE(std::isnan(results[4]));
    EXPECT_TRUE(std::isnan(results[5]));
    EXPECT_NEAR(results[6], 0.0F, 1e-37F);
    EXPECT_NEAR(results[7], 0.0F, 1e-37F);
  });
}

}  // namespace
}  // namespace weir::kernels
