#include "ops/pool.h"

#include <gtest/gtest.h>

#include "ops/pad.h"
#include "ops/run_operation.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using kernels::PoolKind;

SlidingWindow window(std::size_t size, std::size_t stride, PaddingMode padding) {
  SlidingWindow result;
  result.kernel = {1, size, size};
  result.stride = {1, stride, stride};
  result.padding = padding;
  return result;
}

TEST(PoolOperation, SamePaddingIsNotAveraged) {
  const TestTensor in = counting({1, 3, 3, 1});
  const SlidingWindow two = window(2, 2, PaddingMode::kSame);
  EXPECT_EQ(run_operation(make_pool(PoolKind::kAverage, two), {in}),
            floats({1, 2, 2, 1}, {2, 3.5, 6.5, 8}));
  EXPECT_EQ(run_operation(make_pool(PoolKind::kMax, two), {in}),
            floats({1, 2, 2, 1}, {4, 5, 7, 8}));
}

TEST(PoolOperation, ValidPaddingLeavesOutWhatDoesNotFit) {
  const TestTensor in = counting({1, 3, 3, 1});
  EXPECT_EQ(run_operation(make_pool(PoolKind::kMax, window(2, 2, PaddingMode::kValid)), {in}),
            floats({1, 1, 1, 1}, {4}));
}

TEST(PoolOperation, RefusesAnImageSmallerThanItsWindow) {
  const TestTensor in = counting({1, 3, 3, 1});
  EXPECT_THROW(run_operation(make_pool(PoolKind::kMax, window(4, 1, PaddingMode::kValid)), {in}),
               Error);
}

TEST(PoolOperation, RefusesIntegers) {
  const graph::ValueType ints{DType::kInt32, {1, 3, 3, 1}};
  EXPECT_THROW(make_pool(PoolKind::kMax, window(2, 2, PaddingMode::kValid))->infer({&ints, 1}),
               Error);
}

class FoldedPadding : public ::testing::TestWithParam<std::tuple<PoolKind, PaddingMode, float>> {};

TEST_P(FoldedPadding, IsTheSameAsPaddingFirst) {
  const auto [kind, mode, sign] = GetParam();
  TestTensor in = counting({2, 5, 6, 3});
  for (float& value : in.values) value = (value + 1.0F) * sign;
  const auto pad = make_pad({{0, 0}, {2, 1}, {1, 3}, {0, 0}});
  const auto pool = make_pool(kind, window(3, 2, mode));
  const auto folded = pool->after_zero_padding(*pad->as_zero_padding());
  ASSERT_NE(folded, nullptr);
  EXPECT_EQ(run_operation(folded, {in}), run_operation(pool, {run_operation(pad, {in})}));
}

INSTANTIATE_TEST_SUITE_P(AllModes, FoldedPadding,
                         ::testing::Combine(::testing::Values(PoolKind::kMax, PoolKind::kAverage),
                                            ::testing::Values(PaddingMode::kValid,
                                                              PaddingMode::kSame),
                                            ::testing::Values(1.0F, -1.0F)));

TEST(AdaptivePool, BinsMayOverlap) {
  const std::int64_t three[] = {3};
  const TestTensor in = counting({1, 5, 1});
  EXPECT_EQ(run_operation(make_adaptive_pool(PoolKind::kAverage, three), {in}),
            floats({1, 3, 1}, {0.5, 2, 3.5}));
  EXPECT_EQ(run_operation(make_adaptive_pool(PoolKind::kMax, three), {in}),
            floats({1, 3, 1}, {1, 3, 4}));
}

TEST(AdaptivePool, ToOneIsGlobal) {
  const std::int64_t ones[] = {1, 1};
  EXPECT_EQ(run_operation(make_adaptive_pool(PoolKind::kAverage, ones), {counting({1, 2, 3, 2})}),
            floats({1, 1, 1, 2}, {5, 6}));
}

TEST(AdaptivePool, ThreadsThatShareAnImageGiveTheSameBits) {
  const std::int64_t ones[] = {1, 1};
  const auto pool = make_adaptive_pool(PoolKind::kAverage, ones);
  for (const Shape& image : {Shape{1, 37, 150, 5}, Shape{1, 1, 3, 70}, Shape{2, 64, 64, 40}}) {
    std::vector<float> values = counting(image).values;
    for (float& value : values) value = 1.0F / (value + 1.0F);
    graph::PackedWeights weights;
    const std::vector<graph::ValueType> types{{DType::kFloat32, image}};
    const auto run_with = [&](std::size_t threads) {
      return testing::run_on<float>(*pool, types, {values}, weights, threads);
    };
    const std::vector<float> alone = run_with(1);
    EXPECT_EQ(run_with(2), alone);
    EXPECT_EQ(run_with(3), alone);
  }
}

TEST(Pool, OfOneWindowTakesNoMoreThanThatWindow) {
  // Two rows of the five and two columns of the four are in no window.
  EXPECT_EQ(run_operation(make_pool(PoolKind::kAverage, window(3, 3, PaddingMode::kValid)),
                          {counting({1, 5, 4, 1})}),
            floats({1, 1, 1, 1}, {5}));
}

}  // namespace
}  // namespace weir::ops
