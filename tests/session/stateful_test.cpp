#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/prediction.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

constexpr std::int64_t kBatch = 2;
constexpr std::int64_t kSteps = 6;
constexpr std::int64_t kFeatures = 3;

/// A golden model of stateful layers, built for batches of two sequences of any length.
class Stateful : public ::testing::Test {
 protected:
  Stateful()
      : golden_(read_golden({"recurrent", "stateful_layers"})),
        model_(Model::load(golden_.model.bytes, "stateful")),
        session_(model_, {.threads = 2}) {
    const auto* data = reinterpret_cast<const float*>(golden_.inputs[0].data.bytes.data());
    sequences_.assign(data, data + kBatch * kSteps * kFeatures);
  }

  /// Steps [first, first + count) of both sequences.
  std::vector<float> run(std::int64_t first, std::int64_t count) {
    std::vector<float> part;
    for (std::int64_t row = 0; row < kBatch; ++row) {
      const auto begin = sequences_.begin() + (row * kSteps + first) * kFeatures;
      part.insert(part.end(), begin, begin + count * kFeatures);
    }
    Request request(session_, {{part.data(), DType::kFloat32, {kBatch, count, kFeatures}}});
    request.run(session_);
    return request.floats();
  }

  GoldenCase golden_;
  Model model_;
  Session session_;
  std::vector<float> sequences_;
};

TEST_F(Stateful, IsPredictedInBatchesOfTheRowsItWasBuiltFor) {
  run(0, kSteps);
  EXPECT_EQ(session_.plan().mode, ExecutionMode::kWhole);
  EXPECT_EQ(session_.plan().micro_batch, static_cast<std::size_t>(kBatch));
  EXPECT_THAT(session_.plan().mode_reason, ::testing::HasSubstr("states"));
}

TEST_F(Stateful, GoesOnWhereTheRunBeforeStopped) {
  const std::vector<float> whole = run(0, kSteps);
  session_.reset_states();
  run(0, 2);
  run(2, 3);
  EXPECT_EQ(run(5, 1), whole);
}

TEST_F(Stateful, TakesOneStepACall) {
  const std::vector<float> whole = run(0, kSteps);
  session_.reset_states();
  std::vector<float> last;
  for (std::int64_t step = 0; step < kSteps; ++step) last = run(step, 1);
  EXPECT_EQ(last, whole);
}

TEST_F(Stateful, StartsAgainOnlyWhenItIsReset) {
  const std::vector<float> first = run(0, kSteps);
  EXPECT_NE(run(0, kSteps), first);
  session_.reset_states();
  EXPECT_EQ(run(0, kSteps), first);
}

TEST_F(Stateful, TakesBatchesOfARunOneAfterTheOther) {
  run(0, 3);
  const std::vector<float> second = run(0, 3);
  session_.reset_states();
  std::vector<float> part;
  for (int batch = 0; batch < 2; ++batch) {
    for (std::int64_t row = 0; row < kBatch; ++row) {
      const auto begin = sequences_.begin() + row * kSteps * kFeatures;
      part.insert(part.end(), begin, begin + 3 * kFeatures);
    }
  }
  Request request(session_, {{part.data(), DType::kFloat32, {2 * kBatch, 3, kFeatures}}});
  request.run(session_);
  const std::vector<float> both = request.floats();
  EXPECT_TRUE(std::equal(second.begin(), second.end(), both.end() - second.size()));
}

TEST_F(Stateful, SessionsHaveStatesOfTheirOwn) {
  const std::vector<float> first = run(0, kSteps);
  session_ = Session(model_, {.threads = 1});
  EXPECT_EQ(run(0, kSteps), first);
}

TEST_F(Stateful, RefusesOtherNumbersOfRows) {
  Request request(session_, {{sequences_.data(), DType::kFloat32, {1, kSteps, kFeatures}}});
  try {
    request.run(session_);
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("batches of 2 rows"));
  }
}

}  // namespace
}  // namespace weir::testing
