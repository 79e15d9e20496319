#include <gtest/gtest.h>

#include "support/prediction.h"
#include "weir/allocations.h"

namespace weir::testing {

namespace {

constexpr int kSteps = 5;

/// Allocations of some steps of several requests by turns, after each was made once.
std::uint64_t steady_allocations(Session& session, std::vector<Request>& requests) {
  for (Request& request : requests) request.run(session);
  const std::uint64_t before = allocation_count();
  for (int step = 0; step < kSteps; ++step) {
    for (Request& request : requests) request.run(session);
  }
  return allocation_count() - before;
}

std::uint64_t steady_allocations(Session& session, const std::vector<TensorView>& inputs) {
  std::vector<Request> requests;
  requests.emplace_back(session, inputs);
  return steady_allocations(session, requests);
}

class PreparedStep : public ::testing::TestWithParam<GoldenName> {};

TEST_P(PreparedStep, AllocatesNothingAndIsPlannedTightly) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<GoldenTensor> tensors = in_order(golden.inputs, model.inputs());
  const std::vector<TensorView> inputs = views(tensors);
  Session session(model, {.threads = 2, .row_shapes = row_shapes(inputs)});
  const MemoryPlan& plan = session.plan();
  EXPECT_LE(plan.arena_bytes, plan.lower_bound_bytes + plan.lower_bound_bytes / 50);
  EXPECT_EQ(steady_allocations(session, inputs), 0U) << "all rows";
  if (session.plan().mode == ExecutionMode::kWhole)
    return;  // Some of these want the number of rows they get.
  EXPECT_EQ(steady_allocations(session, first_rows(inputs, 1)), 0U) << "one row";
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, PreparedStep, ::testing::ValuesIn(golden_names()),
                         golden_test_name);

TEST(AllocationCounter, SeesWhatAStepWouldAllocate) {
  const std::uint64_t before = allocation_count();
  const std::vector<int> vector(100, 1);
  EXPECT_GT(allocation_count(), before) << vector.size();
}

TEST(SteadySteps, AllocateNothingWhenPreparedShapesAlternate) {
  const GoldenCase golden = read_golden({"models", "free_spatial_shape"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<float> pixels(2 * 40 * 40 * 3, 0.5F);
  Session session(model, {.threads = 2});
  std::vector<Request> requests;
  for (const std::int64_t size : {40, 24, 33}) {
    requests.emplace_back(
        session, std::vector<TensorView>{{pixels.data(), DType::kFloat32, {2, size, size, 3}}});
  }
  EXPECT_EQ(steady_allocations(session, requests), 0U);
}

TEST(SteadySteps, AllocateNothingWhenNumbersOfRowsAlternate) {
  const GoldenCase golden = read_golden({"models", "residual"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<float> pixels(100 * 6 * 6 * 3, 0.5F);
  Session session(model, {.threads = 2});
  std::vector<Request> requests;
  for (const std::int64_t rows : {1, 100, 7, 33}) {
    requests.emplace_back(
        session, std::vector<TensorView>{{pixels.data(), DType::kFloat32, {rows, 6, 6, 3}}});
  }
  EXPECT_EQ(steady_allocations(session, requests), 0U);
}

}  // namespace
}  // namespace weir::testing
