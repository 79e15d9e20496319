#include "ops/recurrent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/operation_testing.h"
#include "ops/weight_floats.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using testing::constant;
using testing::random_tensor;
using testing::random_values;

constexpr std::int64_t kFeatures = 3;
constexpr std::int64_t kUnits = 5;

RecurrentCell make_cell(RecurrentKind kind, std::int64_t units = kUnits) {
  RecurrentCell cell;
  cell.kind = kind;
  cell.features = kFeatures;
  cell.units = static_cast<std::size_t>(units);
  const auto columns = static_cast<std::int64_t>(cell.gates()) * units;
  cell.kernel = constant("rnn/0", random_tensor({kFeatures, columns}, 1));
  cell.recurrent_kernel = constant("rnn/1", random_tensor({units, columns}, 2));
  const bool two_rows = kind == RecurrentKind::kGruResetAfter;
  cell.bias = constant("rnn/2", random_tensor(two_rows ? Shape{2, columns} : Shape{columns}, 3));
  cell.activation = {kernels::UnaryKind::kTanh};
  cell.recurrent_activation = {kernels::UnaryKind::kSigmoid};
  return cell;
}

using Values = std::vector<float>;

/// Output and states of a (batch, time, kFeatures) sequence, from the given states on.
std::vector<Values> run_cell(const RecurrentCell& cell, RecurrentRun how, std::int64_t batch,
                             std::int64_t time, const Values& sequence,
                             const std::vector<Values>& states = {}, std::size_t threads = 2) {
  const auto units = static_cast<std::int64_t>(cell.units);
  std::vector<graph::ValueType> types{{DType::kFloat32, {batch, time, kFeatures}}};
  types.resize(1 + states.size(), {DType::kFloat32, {batch, units}});
  std::vector<Values> inputs{sequence};
  inputs.insert(inputs.end(), states.begin(), states.end());
  how.initial_states = !states.empty();
  graph::PackedWeights weights;
  return testing::run_all_on(*make_recurrent(cell, how), types, inputs, weights, threads);
}

/// The same of a cell of kUnits.
std::vector<Values> run(RecurrentKind kind, const RecurrentRun& how, std::int64_t batch,
                        std::int64_t time, const Values& sequence,
                        const std::vector<Values>& states = {}) {
  return run_cell(make_cell(kind), how, batch, time, sequence, states);
}

/// Time steps [first, first + count) of one row of a sequence of `time`.
Values steps_of(const Values& sequence, std::int64_t row, std::int64_t time, std::int64_t first,
                std::int64_t count, std::int64_t width = kFeatures) {
  const auto begin = sequence.begin() + (row * time + first) * width;
  return {begin, begin + count * width};
}

class Recurrent : public ::testing::TestWithParam<RecurrentKind> {};

TEST_P(Recurrent, GoesOnFromTheStatesThatItLeft) {
  const Values sequence = random_values(9 * kFeatures, 4);
  const std::vector<Values> whole = run(GetParam(), {.all_outputs = true}, 1, 9, sequence);
  const std::vector<Values> head =
      run(GetParam(), {.all_outputs = true}, 1, 4, steps_of(sequence, 0, 9, 0, 4));
  const std::vector<Values> tail =
      run(GetParam(), {.all_outputs = true}, 1, 5, steps_of(sequence, 0, 9, 4, 5),
          {head.begin() + 1, head.end()});
  Values outputs = head[0];
  outputs.insert(outputs.end(), tail[0].begin(), tail[0].end());
  EXPECT_EQ(outputs, whole[0]);
  for (std::size_t state = 1; state < whole.size(); ++state) EXPECT_EQ(tail[state], whole[state]);
}

TEST_P(Recurrent, HasTheSameBitsForAnyNumberOfRows) {
  // More rows than are multiplied at once, and more steps.
  for (const auto& [batch, time] : {std::pair{50, 3}, {7, 11}, {2, 90}}) {
    const Values sequence = random_values(batch * time * kFeatures, 5);
    const Values all = run(GetParam(), {.all_outputs = true}, batch, time, sequence)[0];
    for (std::int64_t row = 0; row < batch; ++row) {
      const Values alone = run(GetParam(), {.all_outputs = true}, 1, time,
                               steps_of(sequence, row, time, 0, time))[0];
      EXPECT_EQ(steps_of(all, row, time, 0, time, kUnits), alone) << row;
    }
  }
}

TEST_P(Recurrent, BackwardsIsTheReversedSequence) {
  constexpr std::int64_t kTime = 6;
  const Values sequence = random_values(kTime * kFeatures, 6);
  Values reversed;
  for (std::int64_t time = kTime; time-- > 0;) {
    const Values step = steps_of(sequence, 0, kTime, time, 1);
    reversed.insert(reversed.end(), step.begin(), step.end());
  }
  const Values expected = run(GetParam(), {.all_outputs = true}, 1, kTime, reversed)[0];
  const Values actual =
      run(GetParam(), {.backwards = true, .all_outputs = true}, 1, kTime, sequence)[0];
  EXPECT_EQ(actual, expected);
  const Values in_order =
      run(GetParam(), {.backwards = true, .in_time_order = true, .all_outputs = true}, 1, kTime,
          sequence)[0];
  for (std::int64_t time = 0; time < kTime; ++time) {
    EXPECT_EQ(steps_of(in_order, 0, kTime, time, 1, kUnits),
              steps_of(expected, 0, kTime, kTime - 1 - time, 1, kUnits));
  }
}

TEST_P(Recurrent, LastOutputIsTheHiddenState) {
  for (const std::int64_t time : {7, 8}) {
    const Values sequence = random_values(3 * time * kFeatures, 7);
    const std::vector<Values> last = run(GetParam(), {}, 3, time, sequence);
    EXPECT_EQ(last[0], last[1]);
  }
}

Values values_of(const graph::Constant& constant) {
  const WeightFloats floats(constant);
  return {floats.values().begin(), floats.values().end()};
}

/// What a row of `from` adds to column `column` of the sums.
double product(const float* from, std::size_t inner, const Values& kernel, std::size_t columns,
               std::size_t column) {
  double sum = 0;
  for (std::size_t i = 0; i < inner; ++i) sum += double{from[i]} * kernel[i * columns + column];
  return sum;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One time step of one row by the formulas, in the order in which a file has its columns.
void plain_step(const RecurrentCell& cell, const float* input, Values& hidden, Values& carry) {
  const std::size_t units = cell.units;
  const std::size_t columns = cell.gates() * units;
  const Values kernel = values_of(cell.kernel);
  const Values recurrent = values_of(cell.recurrent_kernel);
  const Values bias = values_of(*cell.bias);
  const auto input_sum = [&](std::size_t column) {
    return bias[column] + product(input, cell.features, kernel, columns, column);
  };
  const auto hidden_sum = [&](const Values& state, std::size_t column) {
    const bool has_bias = cell.kind == RecurrentKind::kGruResetAfter;
    return (has_bias ? bias[columns + column] : 0) +
           product(state.data(), units, recurrent, columns, column);
  };
  const auto sum = [&](std::size_t gate, std::size_t unit) {
    return input_sum(gate * units + unit) + hidden_sum(hidden, gate * units + unit);
  };
  Values reset_hidden(units);
  for (std::size_t i = 0; i < units; ++i) {
    if (cell.gates() > 1) reset_hidden[i] = static_cast<float>(sigmoid(sum(1, i)) * hidden[i]);
  }
  Values next(units);
  for (std::size_t i = 0; i < units; ++i) {
    if (cell.kind == RecurrentKind::kSimple) {
      next[i] = static_cast<float>(std::tanh(sum(0, i)));
    } else if (cell.kind == RecurrentKind::kLstm) {
      const double kept = sigmoid(sum(1, i)) * carry[i];
      carry[i] = static_cast<float>(kept + sigmoid(sum(0, i)) * std::tanh(sum(2, i)));
      next[i] = static_cast<float>(sigmoid(sum(3, i)) * std::tanh(carry[i]));
    } else {
      const std::size_t candidate = 2 * units + i;
      const double inner = cell.kind == RecurrentKind::kGruResetAfter
                               ? sigmoid(sum(1, i)) * hidden_sum(hidden, candidate)
                               : hidden_sum(reset_hidden, candidate);
      const double update = sigmoid(sum(0, i));
      const double fresh = std::tanh(input_sum(candidate) + inner);
      next[i] = static_cast<float>(update * hidden[i] + (1 - update) * fresh);
    }
  }
  hidden = next;
}

TEST_P(Recurrent, OfManyUnitsAgreesWithTheFormulas) {
  constexpr std::int64_t kTime = 4;
  for (const std::int64_t units : {16, 24, 32, 45, 64}) {
    const RecurrentCell cell = make_cell(GetParam(), units);
    const Values sequence = random_values(kTime * kFeatures, 8);
    Values hidden(cell.units);
    Values carry(cell.units);
    for (std::int64_t time = 0; time < kTime; ++time) {
      plain_step(cell, sequence.data() + time * kFeatures, hidden, carry);
    }
    const Values actual = run_cell(cell, {}, 1, kTime, sequence, {}, 1)[0];
    for (std::size_t i = 0; i < cell.units; ++i) EXPECT_NEAR(actual[i], hidden[i], 1e-5) << i;
  }
}

TEST_P(Recurrent, HasTheSameBitsForAnyNumberOfThreads) {
  // Threads share the units of the first, and the rows of the second.
  for (const auto& [units, batch] : {std::pair{301, 3}, {24, 1200}}) {
    const RecurrentCell cell = make_cell(GetParam(), units);
    const Values sequence = random_values(batch * 3 * kFeatures, 9);
    const Values alone = run_cell(cell, {}, batch, 3, sequence, {}, 1)[0];
    for (const std::size_t threads : {2, 3}) {
      EXPECT_EQ(run_cell(cell, {}, batch, 3, sequence, {}, threads)[0], alone) << threads;
    }
  }
}

std::string kind_name(const ::testing::TestParamInfo<RecurrentKind>& test) {
  constexpr const char* kNames[] = {"Simple", "Lstm", "GruResetAfter", "GruResetBefore"};
  return kNames[static_cast<int>(test.param)];
}

INSTANTIATE_TEST_SUITE_P(Kinds, Recurrent,
                         ::testing::Values(RecurrentKind::kSimple, RecurrentKind::kLstm,
                                           RecurrentKind::kGruResetAfter,
                                           RecurrentKind::kGruResetBefore),
                         kind_name);

TEST(RecurrentOperation, RefusesWhatDoesNotFit) {
  const auto operation = make_recurrent(make_cell(RecurrentKind::kLstm), {});
  const auto infer = [&](const graph::ValueType& type) { return operation->infer({&type, 1}); };
  EXPECT_NO_THROW(infer({DType::kFloat32, {2, 4, kFeatures}}));
  EXPECT_THROW(infer({DType::kFloat32, {2, 4, kFeatures + 1}}), Error);
  EXPECT_THROW(infer({DType::kFloat32, {2, kFeatures}}), Error);
  EXPECT_THROW(infer({DType::kFloat32, {2, 0, kFeatures}}), Error);
  EXPECT_THROW(infer({DType::kInt32, {2, 4, kFeatures}}), Error);
}

TEST(RecurrentOperation, SaysWhatItPacks) {
  for (const RecurrentKind kind : {RecurrentKind::kSimple, RecurrentKind::kLstm,
                                   RecurrentKind::kGruResetAfter, RecurrentKind::kGruResetBefore}) {
    const auto operation = make_recurrent(make_cell(kind), {});
    graph::PackedWeights weights;
    const std::vector<graph::ValueType> inputs{{DType::kFloat32, {1, 2, kFeatures}}};
    operation->prepare({inputs, operation->infer(inputs), 1, weights});
    EXPECT_EQ(weights.bytes(), operation->packed_bytes());
  }
}

}  // namespace
}  // namespace weir::ops
