#include <gtest/gtest.h>

#include <algorithm>

#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/pad.h"
#include "ops/reshape.h"
#include "ops/run_operation.h"
#include "ops/transpose.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;

bool keeps_apart(const OperationPtr& operation, const Shape& shape) {
  const std::vector<ValueType> types(2, ValueType{DType::kFloat32, shape});
  return operation->keeps_samples_apart({types.data(), 1});
}

/// `operation` along axis 0 of a, b, c, ….
std::string letters(const OperationPtr& operation, const std::string& in) {
  TestTensor input = floats({static_cast<std::int64_t>(in.size())}, {in.begin(), in.end()});
  const TestTensor out = run_operation(operation, {input});
  std::string result;
  for (const float value : out.values) {
    result.push_back(value == 0.0F ? '.' : static_cast<char>(value));
  }
  return result;
}

OperationPtr slice(AxisSlice axis) { return make_slice({&axis, 1}); }
OperationPtr moving(AxisMove move) { return make_gather({.kind = "test", .moves = {move}}); }

TEST(Reshape, KeepsTheElements) {
  const TestTensor in = counting({2, 3, 4});
  EXPECT_EQ(run_operation(make_reshape({2, 12}), {in}).values, in.values);
  EXPECT_TRUE(make_reshape({2, 12})->is_alias());
}

TEST(Reshape, RefusesAnotherNumberOfElements) {
  EXPECT_THROW(run_operation(make_reshape({2, 13}), {counting({2, 3, 4})}), Error);
}

TEST(Reshape, MixesSamplesWhenTheBatchAxisChanges) {
  EXPECT_TRUE(keeps_apart(make_reshape({4, 6}), {4, 2, 3}));
  EXPECT_FALSE(keeps_apart(make_reshape({8, 3}), {4, 2, 3}));
}

TEST(Transpose, SwapsAxes) {
  EXPECT_EQ(run_operation(make_transpose({1, 0}), {counting({2, 3})}),
            floats({3, 2}, {0, 3, 1, 4, 2, 5}));
}

TEST(Transpose, MixesSamplesWhenTheBatchAxisMoves) {
  EXPECT_TRUE(keeps_apart(make_transpose({0, 2, 1}), {4, 2, 3}));
  EXPECT_FALSE(keeps_apart(make_transpose({1, 0, 2}), {4, 2, 3}));
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  EXPECT_THROW(make_transpose({0, 0}), Error);
  EXPECT_THROW(make_transpose({0, 2}), Error);
  EXPECT_THROW(run_operation(make_transpose({1, 0}), {counting({2, 3, 4})}), Error);
}

TEST(Concat, JoinsAlongAnAxis) {
  const TestTensor a = counting({2, 1});
  const TestTensor b = floats({2, 2}, {5, 6, 7, 8});
  EXPECT_EQ(run_operation(make_concat(1), {a, b}), floats({2, 3}, {0, 5, 6, 1, 7, 8}));
  EXPECT_EQ(make_concat(1)->concatenates_along(), 1U);
}

TEST(Concat, RefusesTensorsThatDoNotFit) {
  EXPECT_THROW(run_operation(make_concat(0), {counting({2, 1}), counting({2, 2})}), Error);
  EXPECT_THROW(run_operation(make_concat(2), {counting({2, 1})}), Error);
  EXPECT_THROW(run_operation(make_concat(0), {}), Error);
}

TEST(Concat, MixesSamplesAlongTheBatchAxis) {
  const std::vector<ValueType> types(2, ValueType{DType::kFloat32, {2, 3}});
  EXPECT_FALSE(make_concat(0)->keeps_samples_apart(types));
  EXPECT_TRUE(make_concat(1)->keeps_samples_apart(types));
}

TEST(Slice, StepsForwardsAndBackwards) {
  EXPECT_EQ(letters(slice({0, 1, 1, 3}), "abcde"), "bcd");
  EXPECT_EQ(letters(slice({0, 0, 2, 3}), "abcde"), "ace");
  EXPECT_EQ(letters(slice({0, 4, -1, 5}), "abcde"), "edcba");
  EXPECT_EQ(letters(slice({0, 3, -2, 2}), "abcde"), "db");
  EXPECT_EQ(letters(slice({0, 2, 1, 0}), "abcde"), "");
}

TEST(Slice, RefusesToLeaveTheAxis) {
  EXPECT_THROW(letters(slice({0, 3, 1, 3}), "abcde"), Error);
  EXPECT_THROW(letters(slice({0, 1, -1, 3}), "abcde"), Error);
  EXPECT_THROW(letters(slice({0, -1, 1, 1}), "abcde"), Error);
  EXPECT_THROW(letters(slice({0, 1, INT64_MAX, 3}), "abcde"), Error);
}

TEST(Slice, MixesSamplesAlongTheBatchAxis) {
  EXPECT_FALSE(keeps_apart(slice({0, 0, 1, 1}), {4, 2}));
  EXPECT_TRUE(keeps_apart(slice({1, 0, 1, 1}), {4, 2}));
}

TEST(Take, TakesInAnyOrder) {
  EXPECT_EQ(letters(make_take(0, {3, 3, 0}), "abcd"), "dda");
  EXPECT_THROW(letters(make_take(0, {4}), "abcd"), Error);
}

TEST(Gather, RepeatsRollsAndSpreads) {
  EXPECT_EQ(letters(moving(repeat_each(0, 2)), "abc"), "aabbcc");
  EXPECT_EQ(letters(moving(repeat_all(0, 2)), "abc"), "abcabc");
  EXPECT_EQ(letters(moving(roll(0, 1)), "abcd"), "dabc");
  EXPECT_EQ(letters(moving(roll(0, -5)), "abcd"), "bcda");
  EXPECT_EQ(letters(moving(nearest(0, 5)), "abc"), "aabcc");
  EXPECT_EQ(letters(moving(nearest(0, 2)), "abcde"), "bd");
}

TEST(Gather, WithoutMovesIsAnAlias) { EXPECT_TRUE(make_gather({})->is_alias()); }

TEST(Pad, SurroundsByEachMode) {
  EXPECT_EQ(letters(make_pad({{1, 2}}), "abc"), ".abc..");
  EXPECT_EQ(letters(make_pad({{1, 2}}, PadMode::kConstant, 'x'), "abc"), "xabcxx");
  EXPECT_EQ(letters(make_pad({{2, 2}}, PadMode::kReflect), "abc"), "cbabcba");
  EXPECT_EQ(letters(make_pad({{2, 3}}, PadMode::kSymmetric), "abc"), "baabccba");
  EXPECT_EQ(letters(make_pad({{2, 1}}, PadMode::kEdge), "abc"), "aaabcc");
}

TEST(Pad, RefusesReflectionsBeyondTheAxis) {
  EXPECT_THROW(letters(make_pad({{3, 0}}, PadMode::kReflect), "abc"), Error);
  EXPECT_THROW(letters(make_pad({{0, 4}}, PadMode::kSymmetric), "abc"), Error);
  EXPECT_THROW(make_pad({{-1, 0}}), Error);
}

TEST(Pad, OnlyZerosAreAZeroPadding) {
  const auto zeros = make_pad({{0, 0}, {1, 2}})->as_zero_padding();
  ASSERT_TRUE(zeros.has_value());
  EXPECT_EQ(zeros->before, (Shape{0, 1}));
  EXPECT_EQ(zeros->after, (Shape{0, 2}));
  EXPECT_FALSE(make_pad({{0, 0}, {1, 2}}, PadMode::kConstant, 1.0)->as_zero_padding());
  EXPECT_FALSE(make_pad({{0, 0}, {1, 2}}, PadMode::kEdge)->as_zero_padding());
}

}  // namespace
}  // namespace weir::ops
