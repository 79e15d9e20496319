#include "ops/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/operation_testing.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using testing::random_tensor;
using testing::Tensor;

std::vector<ValueType> types_of(std::initializer_list<Shape> shapes) {
  std::vector<ValueType> types;
  for (const Shape& shape : shapes) {
    types.push_back({types.size() < 3 ? DType::kFloat32 : DType::kBool, shape});
  }
  return types;
}

TEST(Attention, AveragesValuesOfEqualKeys) {
  const Tensor queries = random_tensor({1, 2, 1, 3});
  const Tensor keys{{1, 2, 1, 3}, std::vector<float>(6, 1.0F)};
  const Tensor values{{1, 2, 1, 2}, {1, 2, 3, 4}};
  const auto result = testing::run(*make_attention({}), {queries, keys, values});
  EXPECT_THAT(result, ::testing::Pointwise(::testing::FloatNear(1e-6F), {2.0F, 3.0F, 2.0F, 3.0F}));
}

TEST(Attention, GivesScoresWhereWanted) {
  const auto outputs = make_attention({.returns_scores = true})
                           ->infer(types_of({{2, 7, 5, 6, 3}, {2, 7, 4, 2, 3}, {2, 7, 4, 2, 8}}));
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0].shape, (Shape{2, 7, 5, 6, 8}));
  EXPECT_EQ(outputs[1].shape, (Shape{2, 7, 6, 5, 4}));
}

TEST(Attention, TakesMasksThatRepeat) {
  const auto infer = [](const Shape& mask) {
    return make_attention({})->infer(types_of({{2, 5, 3, 4}, {2, 6, 3, 4}, {2, 6, 3, 4}, mask}));
  };
  EXPECT_NO_THROW(infer({2, 3, 5, 6}));
  EXPECT_NO_THROW(infer({1, 1, 1, 1}));
  EXPECT_NO_THROW(infer({2, 1, 5, 1}));
  EXPECT_THROW(infer({2, 3, 6, 5}), Error);
  EXPECT_THROW(infer({2, 5, 6}), Error);
}

TEST(Attention, RefusesShapesThatDoNotFit) {
  const auto infer = [](const Shape& q, const Shape& k, const Shape& v) {
    return make_attention({})->infer(types_of({q, k, v}));
  };
  EXPECT_NO_THROW(infer({2, 5, 4, 3}, {2, 6, 2, 3}, {2, 6, 2, 7}));
  EXPECT_THROW(infer({2, 5, 4, 3}, {2, 6, 3, 3}, {2, 6, 3, 7}), Error) << "heads";
  EXPECT_THROW(infer({2, 5, 4, 3}, {2, 6, 2, 4}, {2, 6, 2, 7}), Error) << "sizes";
  EXPECT_THROW(infer({2, 5, 4, 3}, {2, 6, 2, 3}, {2, 7, 2, 7}), Error) << "keys";
  EXPECT_THROW(infer({2, 5, 4, 3}, {1, 6, 2, 3}, {1, 6, 2, 7}), Error) << "samples";
  EXPECT_THROW(infer({2, 5, 4, 3}, {2, 0, 2, 3}, {2, 0, 2, 7}), Error) << "no key";
}

TEST(Attention, NeverHasAllScoresAtOnce) {
  constexpr std::int64_t kLength = 4096;
  const std::vector<ValueType> types =
      types_of({{1, kLength, 2, 8}, {1, kLength, 2, 8}, {1, kLength, 2, 8}});
  graph::PackedWeights weights;
  const graph::OperationPtr operation = make_attention({});
  const auto outputs = operation->infer(types);
  const auto step = operation->prepare({types, outputs, 1, weights});
  EXPECT_LT(step->scratch_bytes(), std::size_t{kLength * kLength * sizeof(float) / 16});
}

}  // namespace
}  // namespace weir::ops
