#include <gmock/gmock.h>

#include <cmath>

#include "ops/binary.h"
#include "ops/channel_affine.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "run_operation.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;
using kernels::BinaryKind;
using kernels::ReduceKind;
using testing::affine;
using testing::constant;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::Pointwise;

std::vector<ValueType> types(std::initializer_list<Shape> shapes) {
  std::vector<ValueType> result;
  for (const Shape& shape : shapes) result.push_back({DType::kFloat32, shape});
  return result;
}

TEST(UnaryOperation, JoinsTwoAffineFunctions) {
  const OperationPtr joined = make_affine(2.0F, 1.0F, 3)->with_unary(kernels::affine(3.0F, 4.0F));
  ASSERT_NE(joined, nullptr);
  EXPECT_THAT(run_operation(joined, {counting({1, 3})}).values, ElementsAre(7, 13, 19));
  EXPECT_EQ(make_affine(2.0F, 1.0F, 3)->with_unary(kernels::relu()), nullptr);
}

TEST(UnaryOperation, IsAChannelAffineOnlyWhereItKnowsItsChannels) {
  EXPECT_TRUE(make_affine(2.0F, 1.0F, 3)->as_channel_affine().has_value());
  EXPECT_FALSE(make_unary(kernels::affine(2.0F, 1.0F))->as_channel_affine().has_value());
}

TEST(UnaryOperation, TakesInTheChannelAffineAfterIt) {
  const OperationPtr joined =
      make_affine(2.0F, 1.0F, 3)->with_channel_affine(affine("b", {1, 2, 3}, {0, 0, 1}));
  ASSERT_NE(joined, nullptr);
  EXPECT_THAT(run_operation(joined, {counting({1, 3})}).values, ElementsAre(1, 6, 16));
}

TEST(ChannelAffineOperation, RunsAlongAnyAxis) {
  const graph::ChannelAffine line = affine("a", {1, 10}, {0, 100});
  EXPECT_THAT(run_operation(make_channel_affine(line, 0), {counting({2, 2})}).values,
              ElementsAre(0, 110, 2, 130));
  EXPECT_THAT(run_operation(make_channel_affine(line, 1), {counting({1, 2, 2})}).values,
              ElementsAre(0, 1, 120, 130));
}

/// Short rows are joined behind the scenes; the last one may be a part.
TEST(ChannelAffineOperation, RunsAlongShortRowsOfAnyNumber) {
  for (const std::int64_t rows : {1, 85, 86, 87, 200, 1000}) {
    const TestTensor x = counting({rows, 3});
    const TestTensor y =
        run_operation(make_channel_affine(affine("a", {1, 2, 3}, {5, 6, 7}), 0), {x});
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const auto c = static_cast<float>(i % 3);
      ASSERT_EQ(y.values[i], x.values[i] * (1 + c) + 5 + c) << rows << " rows, " << i;
    }
  }
}

TEST(ChannelAffineOperation, TakesInWhatFollowsUntilItHasAnActivation) {
  const OperationPtr first = make_channel_affine(affine("a", {1, 2}, {0, 0}), 0);
  const OperationPtr both = first->with_channel_affine(affine("b", {-1, 1}, {0, 1}));
  ASSERT_NE(both, nullptr);
  const OperationPtr all = both->with_unary(kernels::relu());
  ASSERT_NE(all, nullptr);
  EXPECT_THAT(run_operation(all, {counting({2, 2})}).values, ElementsAre(0, 3, 0, 7));
  EXPECT_EQ(all->with_unary(kernels::relu()), nullptr);
  EXPECT_EQ(all->with_channel_affine(affine("c", {1, 1}, {0, 0})), nullptr);
}

TEST(BinaryOperation, IsASumOnlyOfTwoTensorsWithoutMore) {
  const OperationPtr sum = make_binary(BinaryKind::kAdd);
  EXPECT_TRUE(sum->is_sum());
  EXPECT_FALSE(make_binary(BinaryKind::kMultiply)->is_sum());
  EXPECT_FALSE(sum->with_unary(kernels::relu())->is_sum());
  EXPECT_FALSE(make_binary(BinaryKind::kAdd, {}, constant("c", {{1}, {1}}))->is_sum());
}

TEST(BinaryOperation, TakesConstantsOnEitherSide) {
  const graph::Constant ten = constant("ten", {{2}, {10, 20}});
  EXPECT_THAT(run_operation(make_binary(BinaryKind::kSubtract, ten), {counting({2, 2})}).values,
              ElementsAre(10, 19, 8, 17));
  EXPECT_THAT(run_operation(make_binary(BinaryKind::kSubtract, {}, ten), {counting({2, 2})}).values,
              ElementsAre(-10, -19, -8, -17));
}

TEST(BinaryOperation, AppliesItsActivationLast) {
  const OperationPtr rest = make_binary(BinaryKind::kSubtract)->with_unary(kernels::relu());
  EXPECT_THAT(run_operation(rest, {floats({1, 3}, {1, 2, 3}), floats({1, 3}, {3, 2, 1})}).values,
              ElementsAre(0, 0, 2));
}

TEST(BinaryOperation, MixesSamplesWhereAnOperandHasNoRowForEach) {
  const OperationPtr sum = make_binary(BinaryKind::kAdd);
  EXPECT_TRUE(sum->keeps_samples_apart(types({{4, 3}, {4, 1}})));
  EXPECT_FALSE(sum->keeps_samples_apart(types({{4, 3}, {1, 3}})));
  EXPECT_FALSE(sum->keeps_samples_apart(types({{4, 5, 3}, {5, 3}})));
}

TEST(BinaryOperation, KeepsSamplesApartFromAConstantWithoutRows) {
  const auto with = [](Shape shape) {
    return make_binary(BinaryKind::kAdd, {}, constant("c", testing::random_tensor(shape)));
  };
  EXPECT_TRUE(with({3})->keeps_samples_apart(types({{4, 3}})));
  EXPECT_TRUE(with({1, 3})->keeps_samples_apart(types({{4, 3}})));
  EXPECT_FALSE(with({4, 3})->keeps_samples_apart(types({{4, 3}})));
}

TEST(BinaryOperation, RefusesShapesAndTypesThatDoNotFit) {
  const OperationPtr sum = make_binary(BinaryKind::kAdd);
  EXPECT_THROW(sum->infer(types({{4, 3}, {4, 2}})), Error);
  EXPECT_THROW(sum->infer(types({{4, 3}})), Error);
  EXPECT_THROW(sum->infer(std::vector<ValueType>{{DType::kFloat32, {2}}, {DType::kInt32, {2}}}),
               Error);
}

/// Four bools have the size of a float, but not its place.
TEST(ComparisonOperation, IsNeverInPlace) {
  EXPECT_TRUE(make_comparison(kernels::ComparisonKind::kLess)->in_place().empty());
}

TEST(ReduceOperation, KeepsOrDropsItsAxes) {
  const auto shape_of = [](bool keeps) {
    return make_reduce(ReduceKind::kSum, {1, 3}, keeps)->infer(types({{2, 3, 4, 5}}))[0].shape;
  };
  EXPECT_EQ(shape_of(true), (Shape{2, 1, 4, 1}));
  EXPECT_EQ(shape_of(false), (Shape{2, 4}));
}

TEST(ReduceOperation, MixesSamplesOnlyAlongTheFirstAxis) {
  EXPECT_TRUE(make_reduce(ReduceKind::kSum, {1}, false)->keeps_samples_apart(types({{2, 3}})));
  EXPECT_FALSE(make_reduce(ReduceKind::kSum, {0}, false)->keeps_samples_apart(types({{2, 3}})));
}

TEST(ReduceOperation, RefusesTypesItHasNoKernelFor) {
  const std::vector<ValueType> integers{{DType::kInt32, {2, 3}}};
  EXPECT_THROW(make_reduce(ReduceKind::kMean, {1}, false)->infer(integers), Error);
  EXPECT_NO_THROW(make_reduce(ReduceKind::kSum, {1}, false)->infer(integers));
}

TEST(SoftmaxOperation, MixesSamplesOnlyAlongTheFirstAxis) {
  EXPECT_TRUE(make_softmax(1)->keeps_samples_apart(types({{2, 3}})));
  EXPECT_FALSE(make_softmax(0)->keeps_samples_apart(types({{2, 3}})));
  EXPECT_THROW(make_softmax(2)->infer(types({{2, 3}})), Error);
}

TEST(GluOperation, HalvesItsAxis) {
  EXPECT_EQ(make_glu(1)->infer(types({{2, 6}}))[0].shape, (Shape{2, 3}));
  EXPECT_THROW(make_glu(1)->infer(types({{2, 5}})), Error);
  const TestTensor y = run_operation(make_glu(1), {floats({1, 4}, {3, 5, 0, 0})});
  EXPECT_THAT(y.values, ElementsAre(1.5F, 2.5F));
}

TEST(NormalizeOperation, NormalisesTheLastAxesTogether) {
  const OperationPtr both = make_normalize(2, {kernels::NormalizeKind::kStandard, 0.0, {}, {}});
  const TestTensor y = run_operation(both, {floats({1, 2, 2}, {1, 1, 3, 3})});
  EXPECT_THAT(y.values, Pointwise(FloatEq(), {-1.0F, -1.0F, 1.0F, 1.0F}));
  EXPECT_TRUE(both->keeps_samples_apart(types({{1, 2, 2}})));
  EXPECT_FALSE(both->keeps_samples_apart(types({{2, 2}})));
}

TEST(NormalizeOperation, NormalisesGroupsOfChannels) {
  const OperationPtr groups =
      make_group_normalize(2, {kernels::NormalizeKind::kStandard, 0.0, {}, {}});
  const TestTensor y = run_operation(groups, {floats({1, 2, 2}, {1, 10, 3, 30})});
  EXPECT_THAT(y.values, Pointwise(FloatEq(), {-1.0F, -1.0F, 1.0F, 1.0F}));
  EXPECT_THROW(groups->infer(types({{1, 2, 3}})), Error);
}

TEST(NormalizeOperation, RefusesWeightsOfAnotherSize) {
  const OperationPtr operation = make_normalize(
      1, {kernels::NormalizeKind::kStandard, 0.0, constant("gamma", {{2}, {1, 1}}), {}});
  EXPECT_THROW(operation->infer(types({{1, 3}})), Error);
}

}  // namespace
}  // namespace weir::ops
