#include "plan/make_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "plan/problem_builder.h"
#include "plan/validate.h"
#include "weir/error.h"

namespace weir::plan {
namespace {

using ::testing::HasSubstr;
using testing::ProblemBuilder;

/// Plans and validates.
Plan plan_of(const Problem& problem, const Options& options = {}) {
  const Plan plan = make_plan(problem, options);
  validate(problem, plan);
  return plan;
}

Options given_order_only() { return {.order_effort = 0}; }

const Placement& at(const Plan& plan, const ProblemBuilder& builder, const std::string& name) {
  return plan.tensors[builder.id(name)];
}

void expect_error(const Problem& problem, ErrorCode code, const std::string& message) {
  try {
    make_plan(problem);
    FAIL() << "no error: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

//  x ──► a ──► b ──► c
TEST(Planner, AChainNeedsTwoNeighboursAtATime) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 128).tensor("b", 64).tensor("c", 128);
  p.input("x").step({"x"}, {"a"}).step({"a"}, {"b"}).step({"b"}, {"c"}).output("c");
  const Plan plan = plan_of(p);
  EXPECT_EQ(plan.arena_bytes, 192u);
  EXPECT_EQ(plan.lower_bound_bytes, 192u);
  EXPECT_EQ(plan.ratio(), 1.0);
}

//  x ──► a ──► b        in place: a over x, b over a
TEST(Planner, AChainOfInPlaceStepsNeedsOneTensor) {
  ProblemBuilder p;
  p.tensor("x", 640).tensor("a", 640).tensor("b", 640).input("x").output("b");
  p.step({"x"}, {"a"}).in_place().step({"a"}, {"b"}).in_place();
  const Plan plan = plan_of(p);
  EXPECT_EQ(plan.arena_bytes, 640u);
  EXPECT_EQ(at(plan, p, "a").storage, Storage::kInPlace);
  EXPECT_EQ(at(plan, p, "a").source, p.id("x"));
}

//  x ──► a ──┬─► b ──┐
//            └───────┴─► c      b may not overwrite a: c still reads it
TEST(Planner, DoesNotOverwriteAnInputThatIsReadLater) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).tensor("c", 64).input("x").output("c");
  p.step({"x"}, {"a"}).step({"a"}, {"b"}).in_place().step({"a", "b"}, {"c"});
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "b").storage, Storage::kOwn);
  EXPECT_EQ(plan.arena_bytes, 192u);
}

//  x ──► y (in place)      both are outputs of the model
TEST(Planner, DoesNotOverwriteAModelOutput) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("y", 64).input("x").output("x").output("y");
  p.step({"x"}, {"y"}).in_place();
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "y").storage, Storage::kOwn);
  EXPECT_EQ(plan.arena_bytes, 128u);
}

//  a (64) ──► b (128), said to be in place
TEST(Planner, DoesNotPutALargerOutputInPlace) {
  ProblemBuilder p;
  p.tensor("a", 64).tensor("b", 128).input("a").output("b").step({"a"}, {"b"}).in_place();
  EXPECT_EQ(at(plan_of(p), p, "b").storage, Storage::kOwn);
}

//  a (640) ──► b (64) ──► c (64): the peak is a + b, or a alone with b and c in place
TEST(Planner, PutsASmallerOutputInPlaceWhereThatLowersThePeak) {
  ProblemBuilder p;
  p.tensor("a", 640).tensor("b", 64).tensor("c", 64).input("a").output("c");
  p.step({"a"}, {"b"}).in_place().step({"b"}, {"c"}).in_place();
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "b").storage, Storage::kInPlace);
  EXPECT_EQ(plan.arena_bytes, 640u);
}

//  a (640) ──► b (64) ──► c (704), d = f(b, c): b in place would keep 640 bytes under c
TEST(Planner, DoesNotKeepALargeBlockForASmallOutput) {
  ProblemBuilder p;
  p.tensor("a", 640).tensor("b", 64).tensor("c", 704).tensor("d", 64).input("a").output("d");
  p.step({"a"}, {"b"}).in_place().step({"b"}, {"c"}).step({"b", "c"}, {"d"});
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "b").storage, Storage::kOwn);
  EXPECT_EQ(plan.lower_bound_bytes, 832u);
}

//  s = x + x
TEST(Planner, ATensorReadTwiceGoesInPlaceOnlyIfBothReadingsAllowIt) {
  ProblemBuilder both;
  both.tensor("x", 64).tensor("s", 64).input("x").output("s").step({"x", "x"}, {"s"}).in_place();
  EXPECT_EQ(plan_of(both).arena_bytes, 64u);
  ProblemBuilder one;
  one.tensor("x", 64).tensor("s", 64).input("x").output("s").step({"x", "x"}, {"s"}).in_place(1, 0);
  EXPECT_EQ(plan_of(one).arena_bytes, 128u);
}

//  x ═ v (view)    s = f(x, v), leave to overwrite x only
TEST(Planner, DoesNotOverwriteAnInputThatIsAlsoReadThroughAView) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("v", 64).tensor("s", 64).input("x").output("s").view("v", "x");
  p.step({"x", "v"}, {"s"}).in_place(0, 0);
  EXPECT_EQ(plan_of(p).arena_bytes, 128u);
}

//  x ──► (a, b), each may take x's bytes
TEST(Planner, OnlyOneOutputTakesAnInputsBytes) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).input("x").output("a").output("b");
  p.step({"x"}, {"a", "b"}).in_place(0, 0).in_place(0, 1);
  const Plan plan = plan_of(p);
  EXPECT_EQ(plan.arena_bytes, 128u);
  EXPECT_NE(at(plan, p, "a").storage, at(plan, p, "b").storage);
}

//  x ──► a ──► b with 1000 bytes of scratch at a, 500 at b
TEST(Planner, ScratchLivesOnlyDuringItsStep) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).input("x").output("b");
  p.step({"x"}, {"a"}, 1000).step({"a"}, {"b"}, 500);
  const Plan plan = plan_of(p);
  EXPECT_EQ(plan.arena_bytes, 64u + 64u + 1024u);
  EXPECT_EQ(plan.scratch[0].bytes, 1000u);
  EXPECT_EQ(plan.scratch[1].bytes, 500u);
}

//  x ──► a ──► y        b is read by nobody
//        └───► b
TEST(Planner, AnUnusedOutputLivesAtItsStepOnly) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).tensor("y", 64).input("x").output("y");
  p.step({"x"}, {"a", "b"}).step({"a"}, {"y"});
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "b").first_step, 0u);
  EXPECT_EQ(at(plan, p, "b").last_step, 0u);
  EXPECT_EQ(plan.arena_bytes, 192u);
}

TEST(Planner, AGraphWithoutStepsPlacesInputsThatAreOutputs) {
  ProblemBuilder p;
  p.tensor("x", 100).tensor("v", 100).tensor("y", 7).view("v", "x");
  p.input("x").input("y").output("v").output("y");
  const Plan plan = plan_of(p);
  EXPECT_TRUE(plan.order.empty());
  EXPECT_EQ(plan.arena_bytes, 128u + 64u);
  EXPECT_EQ(at(plan, p, "v").offset, at(plan, p, "x").offset);
}

TEST(Planner, NothingAtAllNeedsNothing) {
  const Plan plan = plan_of({});
  EXPECT_EQ(plan.arena_bytes, 0u);
  EXPECT_EQ(plan.ratio(), 1.0);
}

//  x ──► z (0 bytes) ──► y
TEST(Planner, ZeroByteTensorsTakeNoPlaceAndStillOrderSteps) {
  ProblemBuilder p;
  p.tensor("x", 0).tensor("z", 0).tensor("y", 64).input("x").output("y");
  p.step({"x"}, {"z"}).in_place().step({"z"}, {"y"}).in_place();
  const Plan plan = plan_of(p);
  EXPECT_EQ(plan.arena_bytes, 64u);
  EXPECT_THAT(plan.order, ::testing::ElementsAre(0, 1));
}

TEST(Planner, ATensorNobodyTouchesHasNoPlace) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("gone", 1 << 20).input("x").output("x");
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "gone").storage, Storage::kUnused);
  EXPECT_EQ(plan.arena_bytes, 64u);
}

//  x ──► a ═ r ═ q ──► y      r, q: Reshape and Flatten
TEST(Planner, ChainsOfViewsShareTheirBase) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 256).tensor("r", 256).tensor("q", 128).tensor("y", 64);
  p.view("q", "r", 128).view("r", "a").input("x").output("y");
  p.step({"x"}, {"a"}).step({"q"}, {"y"});
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "q").offset, at(plan, p, "a").offset + 128);
  EXPECT_EQ(at(plan, p, "a").last_step, 1u);
  EXPECT_EQ(at(plan, p, "q").first_step, 0u);
  EXPECT_EQ(plan.arena_bytes, 320u);
}

//  x ──► a ╗
//  x ──► b ╩═ c ──► y      c: a Concatenate that needs no step
TEST(Planner, OperandsOfAnElidedConcatenateLieInItsResult) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 100).tensor("b", 28).tensor("c", 128).tensor("y", 64);
  p.view("a", "c", 0).view("b", "c", 100).input("x").output("y");
  p.step({"x"}, {"a"}).step({"x"}, {"b"}).step({"c"}, {"y"});
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "b").offset, at(plan, p, "c").offset + 100);
  EXPECT_EQ(at(plan, p, "c").first_step, 0u);
  EXPECT_EQ(plan.arena_bytes, 192u);
}

//  x ──► a ═ r ──► y, y in place of r: the whole base dies there
TEST(Planner, AnOutputMayTakeTheBytesOfAView) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 256).tensor("r", 256).tensor("y", 256).view("r", "a");
  p.input("x").output("y").step({"x"}, {"a"}).step({"r"}, {"y"}).in_place();
  const Plan plan = plan_of(p);
  EXPECT_EQ(at(plan, p, "y").storage, Storage::kInPlace);
  EXPECT_EQ(plan.arena_bytes, 320u);
}

//  x ──► a ═ h (second half) ──► y in place of h, a 30-byte border: y would be misaligned
TEST(Planner, AMisalignedViewIsNotOverwritten) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 256).tensor("h", 100).tensor("y", 100).view("h", "a", 30);
  p.input("x").output("y").step({"x"}, {"a"}).step({"h"}, {"y"}).in_place();
  EXPECT_EQ(at(plan_of(p), p, "y").storage, Storage::kOwn);
}

//  big ◄── x ──► small, both then shrink to one element:
//  given breadth first, better one branch after the other
TEST(Planner, RunsOneBranchAfterTheOther) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("y", 64).input("x").output("y");
  for (const std::string branch : {"1", "2", "3", "4"}) {
    p.tensor("big" + branch, 6400).tensor("small" + branch, 64);
  }
  for (const std::string branch : {"1", "2", "3", "4"}) {
    p.step({"x"}, {"big" + branch});
  }
  for (const std::string branch : {"1", "2", "3", "4"}) {
    p.step({"big" + branch}, {"small" + branch});
  }
  p.step({"small1", "small2", "small3", "small4"}, {"y"});
  EXPECT_EQ(plan_of(p, given_order_only()).arena_bytes, 4u * 6400 + 64);
  EXPECT_EQ(plan_of(p).arena_bytes, 6400u + 4 * 64);
}

//  x ──► 2000 tensors ──► y: too many pairs alive together to list
TEST(Planner, AVeryWideGraphIsPlannedToo) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("y", 64).input("x").output("y");
  std::vector<std::string> all;
  for (int i = 0; i < 2000; ++i) {
    all.push_back("t" + std::to_string(i));
    p.tensor(all.back(), 64).step({"x"}, {all.back()});
  }
  p.step(all, {"y"});
  EXPECT_EQ(plan_of(p).arena_bytes, 2001u * 64);
}

TEST(Planner, TheSameProblemGivesTheSamePlan) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 128).tensor("b", 640).tensor("c", 128).tensor("d", 64);
  p.input("x").step({"x"}, {"a"}).step({"x"}, {"b"}).step({"a", "b"}, {"c"}).step({"c"}, {"d"});
  p.output("d");
  EXPECT_EQ(make_plan(p), make_plan(p));
}

TEST(Planner, RoundsBlocksToTheAlignment) {
  ProblemBuilder p;
  p.tensor("x", 1).tensor("y", 1).input("x").output("y").step({"x"}, {"y"}, 1);
  EXPECT_EQ(plan_of(p, {.alignment = 256}).arena_bytes, 768u);
  EXPECT_EQ(plan_of(p, {.alignment = 1}).arena_bytes, 3u);
}

TEST(Planner, SizesThatDoNotFitInMemoryAreALimitError) {
  constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
  ProblemBuilder one;
  one.tensor("x", kHuge).input("x").output("x");
  expect_error(one, ErrorCode::kLimit, "address");
  ProblemBuilder sum;
  sum.tensor("x", kHuge / 4).tensor("y", kHuge / 4).tensor("z", kHuge / 4);
  sum.input("x").output("z").step({"x"}, {"y"}).step({"y"}, {"z"});
  expect_error(sum, ErrorCode::kLimit, "address");
  ProblemBuilder scratch;
  scratch.tensor("x", 4).input("x").output("x").tensor("y", 4).step({"x"}, {"y"}, kHuge - 3);
  expect_error(scratch, ErrorCode::kLimit, "address");
}

TEST(Planner, RefusesProblemsThatContradictThemselves) {
  ProblemBuilder unwritten;
  unwritten.tensor("x", 4).tensor("y", 4).output("y").step({"x"}, {"y"});
  expect_error(unwritten, ErrorCode::kInternal, "before anything writes it");
  ProblemBuilder late;
  late.tensor("a", 4).tensor("b", 4).tensor("c", 4).input("a").output("c");
  late.step({"b"}, {"c"}).step({"a"}, {"b"});
  expect_error(late, ErrorCode::kInternal, "before anything writes it");
  ProblemBuilder output;
  output.tensor("y", 4).output("y");
  expect_error(output, ErrorCode::kInternal, "which nothing writes");
  ProblemBuilder twice;
  twice.tensor("x", 4).tensor("y", 4).input("x").step({"x"}, {"y"}).step({"x"}, {"y"});
  expect_error(twice, ErrorCode::kInternal, "written twice");
  ProblemBuilder outside;
  outside.tensor("x", 4).tensor("v", 4).input("x").view("v", "x", 1);
  expect_error(outside, ErrorCode::kInternal, "is outside");
  ProblemBuilder circle;
  circle.tensor("v", 4).tensor("w", 4).view("v", "w").view("w", "v");
  expect_error(circle, ErrorCode::kInternal, "view of itself");
  ProblemBuilder tail;
  tail.tensor("u", 4).tensor("v", 4).tensor("w", 4).view("u", "v").view("v", "w").view("w", "v");
  expect_error(tail, ErrorCode::kInternal, "view of itself");
  ProblemBuilder pair;
  pair.tensor("x", 4).tensor("y", 4).input("x").step({"x"}, {"y"}).in_place(1, 0);
  expect_error(pair, ErrorCode::kInternal, "in-place");
  Problem ids;
  ids.inputs = {0};
  expect_error(ids, ErrorCode::kInternal, "no tensor 0");
}

TEST(Planner, PrintsATableWithTotals) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 100).tensor("b", 100).input("x").output("b");
  p.step({"x"}, {"a"}, 10).step({"a"}, {"b"}).in_place();
  const std::string text = to_text(plan_of(p), p);
  EXPECT_THAT(text, HasSubstr("b (in place of a)"));
  EXPECT_THAT(text, HasSubstr("(scratch)"));
  EXPECT_THAT(text, HasSubstr("arena 256 bytes, lower bound 256 bytes, ratio 1.0000"));
}

}  // namespace
}  // namespace weir::plan
