#include <gtest/gtest.h>

#include <algorithm>

#include "plan/blocks.h"
#include "plan/data_flow.h"
#include "plan/make_plan.h"
#include "plan/order.h"
#include "plan/random_problem.h"
#include "plan/validate.h"

namespace weir::plan {
namespace {

using testing::RandomProblem;

/// The lowest estimated peak of all orders.
std::size_t lowest_peak(const DataFlow& flow) {
  std::vector<StepId> order = given_order(flow);
  std::size_t best = estimate_peak(flow, order);
  const auto valid = [&flow](const std::vector<StepId>& steps) {
    std::vector<bool> ran(steps.size(), false);
    return std::all_of(steps.begin(), steps.end(), [&](StepId step) {
      ran[step] = true;
      const auto& needed = flow.steps[step].predecessors;
      return std::all_of(needed.begin(), needed.end(), [&ran](StepId id) { return ran[id]; });
    });
  };
  while (std::next_permutation(order.begin(), order.end())) {
    if (valid(order)) {
      best = std::min(best, estimate_peak(flow, order));
    }
  }
  return best;
}

TEST(PlannerProperties, EveryPlanIsValid) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = RandomProblem(seed).make(seed % 40);
    validate(problem, make_plan(problem, {.packing_effort = 100'000}));
  }
}

TEST(PlannerProperties, EveryPlanIsValidAtEveryAlignment) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const Problem problem = RandomProblem(seed).make(15);
    for (const std::size_t alignment : {1, 16, 4096}) {
      const Plan plan = make_plan(problem, {.alignment = alignment, .packing_effort = 50'000});
      validate(problem, plan);
      EXPECT_EQ(plan.arena_bytes % alignment, 0u);
    }
  }
}

TEST(PlannerProperties, NoArenaIsFarAboveItsLowerBound) {
  double sum = 0;
  constexpr std::uint32_t kRounds = 25;
  for (std::uint32_t seed = 0; seed < kRounds; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = RandomProblem(seed).make(60);
    const Plan plan = make_plan(problem);
    EXPECT_LE(plan.ratio(), 1.1);
    sum += plan.ratio();
  }
  EXPECT_LE(sum / kRounds, 1.01);
}

TEST(PlannerProperties, ReorderingNeverCostsMemory) {
  int better = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = RandomProblem(seed).make(25);
    const Plan given = make_plan(problem, {.order_effort = 0, .packing_effort = 200'000});
    const Plan chosen = make_plan(problem, {.packing_effort = 200'000});
    EXPECT_LE(chosen.arena_bytes, given.arena_bytes);
    better += chosen.arena_bytes < given.arena_bytes ? 1 : 0;
  }
  EXPECT_GT(better, 20);
}

TEST(PlannerProperties, TheOrderOfATinyGraphIsTheBestOfAll) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    const DataFlow flow = analyse(RandomProblem(seed).make(4 + seed % 4), 64);
    std::size_t best = estimate_peak(flow, given_order(flow));
    for (const NamedOrder& order : candidate_orders(flow, 20'000)) {
      best = std::min(best, estimate_peak(flow, order.steps));
    }
    EXPECT_EQ(best, lowest_peak(flow));
    EXPECT_GE(best, order_bound(flow));
  }
}

TEST(PlannerProperties, NoOrderIsBelowTheOrderBound) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const DataFlow flow = analyse(RandomProblem(seed).make(30), 64);
    for (const NamedOrder& order : candidate_orders(flow, 2'000)) {
      EXPECT_GE(estimate_peak(flow, order.steps), order_bound(flow)) << order.name;
    }
  }
}

TEST(PlannerProperties, AnOrderCostsTheSameInReverse) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const DataFlow flow = analyse(RandomProblem(seed).make(30), 64);
    EXPECT_EQ(estimate_peak(flow, given_order(flow)),
              estimate_peak(reversed(flow), given_order(flow)));
  }
}

TEST(PlannerProperties, TheSameProblemGivesTheSamePlan) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const Problem problem = RandomProblem(seed).make(40);
    EXPECT_EQ(make_plan(problem, {.packing_effort = 100'000}),
              make_plan(problem, {.packing_effort = 100'000}));
  }
}

}  // namespace
}  // namespace weir::plan
