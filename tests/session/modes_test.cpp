#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/prediction.h"
#include "weir/allocations.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

SessionOptions options(ExecutionMode mode, std::size_t threads, std::size_t micro_batch) {
  SessionOptions wanted{.threads = threads};
  wanted.mode = mode;
  wanted.micro_batch = micro_batch;
  return wanted;
}

class Modes : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMostRows = 41;

  Modes()
      : golden_(read_golden({"models", "residual"})),
        model_(Model::load(golden_.model.bytes, golden_.name)) {
    for (std::size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = float(i % 23) / 7 - 1;
  }

  std::vector<TensorView> rows(std::int64_t count) const {
    return {{pixels_.data(), DType::kFloat32, {count, 6, 6, 3}}};
  }

  GoldenCase golden_;
  Model model_;
  std::vector<float> pixels_ = std::vector<float>(kMostRows * 6 * 6 * 3);
};

TEST_F(Modes, AllGiveTheSameBitsForAnyNumberOfRows) {
  Session one_by_one(model_, options(ExecutionMode::kLatency, 1, 1));
  for (const std::size_t micro_batch : {1, 4, 16}) {
    Session latency(model_, options(ExecutionMode::kLatency, 3, micro_batch));
    Session throughput(model_, options(ExecutionMode::kThroughput, 3, micro_batch));
    ASSERT_EQ(throughput.plan().mode, ExecutionMode::kThroughput);
    for (std::int64_t count = 1; count <= kMostRows; ++count) {
      const Outputs expected = predict(one_by_one, rows(count));
      EXPECT_EQ(predict(latency, rows(count)), expected) << count;
      EXPECT_EQ(predict(throughput, rows(count)), expected) << count;
    }
  }
}

TEST_F(Modes, OfThroughputAllocateNothingInAPreparedStep) {
  Session session(model_, options(ExecutionMode::kThroughput, 2, 4));
  std::vector<Request> requests;
  for (const std::int64_t count : {kMostRows, std::int64_t{1}, std::int64_t{7}}) {
    requests.emplace_back(session, rows(count));
  }
  for (Request& request : requests) request.run(session);
  const std::uint64_t before = allocation_count();
  for (Request& request : requests) request.run(session);
  EXPECT_EQ(allocation_count(), before);
}

TEST_F(Modes, OfThroughputPlanASliceOfTheArenaForEachThread) {
  const MemoryPlan one = model_.plan(options(ExecutionMode::kThroughput, 1, 4));
  const MemoryPlan three = model_.plan(options(ExecutionMode::kThroughput, 3, 4));
  EXPECT_EQ(three.arena_slices, 3U);
  EXPECT_EQ(three.arena_bytes, 3 * one.arena_bytes);
}

TEST_F(Modes, AreNotWholeByChoice) {
  EXPECT_THROW(model_.plan(options(ExecutionMode::kWhole, 1, 1)), Error);
}

TEST(ThroughputMode, ReportsTheErrorOfTheFirstRowThatHasOne) {
  const GoldenCase golden = read_golden({"embedding", "embedding"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  Session session(model, options(ExecutionMode::kThroughput, 2, 1));
  const Shape row(model.inputs()[0].shape.dims().subspan(1));
  constexpr std::int64_t kRows = 16;
  const std::int64_t width = row.elements();
  std::vector<std::int32_t> indices(static_cast<std::size_t>(kRows * width), 0);
  indices[static_cast<std::size_t>(5 * width)] = 123456;
  indices[static_cast<std::size_t>(6 * width)] = 654321;
  Shape shape{kRows};
  for (const std::int64_t size : row.dims()) shape.push_back(size);
  for (int attempt = 0; attempt < 20; ++attempt) {
    try {
      predict(session, {{indices.data(), DType::kInt32, shape}});
      FAIL() << "an index out of range was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("embedding"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr("123456"));
    }
  }
}

}  // namespace
}  // namespace weir::testing
