#include "plan/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "plan/make_plan.h"
#include "plan/problem_builder.h"
#include "weir/error.h"

namespace weir::plan {
namespace {

using ::testing::HasSubstr;
using testing::ProblemBuilder;

//  x ──► a ──┬─► b ──┬─► s (in place) ──► y
//            └───────┘        v ═ y + 64, scratch at b
class Validator : public ::testing::Test {
 protected:
  Validator() {
    p_.tensor("x", 64).tensor("a", 256).tensor("b", 256).tensor("s", 256).tensor("y", 128);
    p_.tensor("v", 64).view("v", "y", 64).input("x").output("y").output("v");
    p_.step({"x"}, {"a"}).step({"a"}, {"b"}, 100).step({"a", "b"}, {"s"}).in_place();
    p_.step({"s"}, {"y"});
    good_ = make_plan(p_);
  }

  Placement& placement(Plan& plan, const std::string& name) { return plan.tensors[p_.id(name)]; }

  void expect_wrong(const Plan& plan, const std::string& message) {
    try {
      validate(p_, plan);
      ADD_FAILURE() << "not caught: " << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInternal);
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }

  ProblemBuilder p_;
  Plan good_;
};

TEST_F(Validator, AcceptsAGoodPlan) { validate(p_, good_); }

//  x (an output too) ──► a ──► y, y first
TEST_F(Validator, CatchesAStepBeforeItsProducer) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("y", 64).input("x").output("x").output("y");
  p.step({"x"}, {"a"}).step({"a"}, {"y"});
  p_ = p;
  good_ = make_plan(p_);
  std::swap(good_.order[0], good_.order[1]);
  expect_wrong(good_, "step 'y' reads 'a' and finds bytes 0 to 64 not written");
}

TEST_F(Validator, CatchesAStepThatRunsTwice) {
  good_.order[0] = 1;
  expect_wrong(good_, "runs twice");
}

TEST_F(Validator, CatchesAStepThatDoesNotExist) {
  good_.order[0] = 9;
  expect_wrong(good_, "no step 9");
}

TEST_F(Validator, CatchesAMissingStep) {
  good_.order.pop_back();
  expect_wrong(good_, "3 steps are ordered");
}

//  x ──► a ──► b, y = f(x, b): b on top of x, which y still reads
TEST_F(Validator, CatchesATensorOverAnotherThatIsReadLater) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).tensor("y", 64).input("x").output("y");
  p.step({"x"}, {"a"}).step({"a"}, {"b"}).step({"x", "b"}, {"y"});
  p_ = p;
  good_ = make_plan(p_);
  placement(good_, "b").offset = placement(good_, "x").offset;
  expect_wrong(good_, "step 'y' reads 'x' and finds bytes 0 to 64 of tensor 'b'");
}

TEST_F(Validator, CatchesAPartialOverlap) {
  good_.arena_bytes += 4096;
  placement(good_, "b").offset = placement(good_, "a").offset + 192;
  placement(good_, "b").storage = Storage::kOwn;
  expect_wrong(good_, "writes 'b' over its input 'a'");
}

TEST_F(Validator, CatchesScratchOverAnInput) {
  good_.scratch[1].offset = placement(good_, "a").offset;
  expect_wrong(good_, "scratch of 'b' overlaps 'a'");
}

TEST_F(Validator, CatchesScratchOverATensorThatOnlyALaterStepReads) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("y", 64).tensor("w", 64).input("x").input("w");
  p.output("y").step({"x"}, {"a"}, 64).step({"a", "w"}, {"y"});
  p_ = p;
  good_ = make_plan(p_);
  good_.scratch[0].offset = placement(good_, "w").offset;
  expect_wrong(good_, "step 'y' reads 'w' and finds bytes 0 to 64 of the scratch of 'a'");
}

TEST_F(Validator, CatchesScratchOfTheWrongSize) {
  good_.scratch[1].bytes = 10;
  expect_wrong(good_, "it needs 100");
}

TEST_F(Validator, CatchesAMisalignedTensor) {
  good_.arena_bytes += 64;
  placement(good_, "x").offset += 32;
  expect_wrong(good_, "is not aligned to 64");
}

TEST_F(Validator, CatchesMisalignedScratch) {
  good_.scratch[1].offset += 1;
  expect_wrong(good_, "not aligned");
}

TEST_F(Validator, CatchesATensorOutsideTheArena) {
  placement(good_, "a").offset = good_.arena_bytes;
  expect_wrong(good_, "outside the arena");
}

TEST_F(Validator, CatchesAnOffsetThatWrapsAround) {
  placement(good_, "a").offset = static_cast<std::size_t>(-64);
  expect_wrong(good_, "outside the arena");
}

TEST_F(Validator, CatchesAViewAwayFromItsBase) {
  placement(good_, "v").offset -= 64;
  expect_wrong(good_, "is not 64 bytes into 'y'");
}

TEST_F(Validator, CatchesAViewThatIsNotOne) {
  placement(good_, "v").storage = Storage::kOwn;
  expect_wrong(good_, "not in both");
}

TEST_F(Validator, CatchesAWriteOverAnInputWithoutLeave) {
  Placement& b = placement(good_, "b");
  b.storage = Storage::kInPlace;
  b.source = p_.id("a");
  b.offset = placement(good_, "a").offset;
  expect_wrong(good_, "no step may write 'b' in place of 'a'");
}

TEST_F(Validator, CatchesAnInPlaceOutputAwayFromItsInput) {
  Placement& s = placement(good_, "s");
  ASSERT_EQ(s.storage, Storage::kInPlace);
  s.offset += 64;
  good_.arena_bytes += 64;
  expect_wrong(good_, "is not in place of");
}

TEST_F(Validator, CatchesTwoOutputsOfAStepInOnePlace) {
  ProblemBuilder p;
  p.tensor("x", 64).tensor("a", 64).tensor("b", 64).input("x").step({"x"}, {"a", "b"});
  p_ = p;
  good_ = make_plan(p_);
  placement(good_, "a").offset = placement(good_, "b").offset;
  expect_wrong(good_, "outputs 'b' and 'a' of 'a' overlap");
}

TEST_F(Validator, CatchesALifeThatEndsTooEarly) {
  placement(good_, "a").last_step = 1;
  expect_wrong(good_, "'a' is touched at 2, outside its life");
}

TEST_F(Validator, CatchesALowerBoundThatIsTooLow) {
  good_.lower_bound_bytes -= 64;
  expect_wrong(good_, "the lower bound is");
}

TEST_F(Validator, CatchesASizeThatIsNotTheTensors) {
  placement(good_, "a").bytes = 128;
  expect_wrong(good_, "the placement of 'a'");
}

TEST_F(Validator, CatchesATensorThatIsUsedAndHasNoPlace) {
  placement(good_, "x").storage = Storage::kUnused;
  expect_wrong(good_, "'x' is touched at 0");
}

TEST_F(Validator, CatchesAPlanOfAnotherProblem) {
  good_.tensors.pop_back();
  expect_wrong(good_, "5 tensors are placed, there are 6");
}

}  // namespace
}  // namespace weir::plan
