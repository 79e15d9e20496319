#include "ops/batch_matmul.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ops/add_constant.h"
#include "ops/cast.h"
#include "ops/operation_testing.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using testing::random_tensor;
using testing::run;
using testing::run_on;
using testing::Tensor;

TEST(BatchMatmul, MultipliesSampleBySample) {
  const Tensor a = random_tensor({3, 4, 5});
  const Tensor b = random_tensor({3, 5, 2}, 2);
  std::vector<float> expected;
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 2; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < 5; ++k)
          sum += a.values[(n * 4 + i) * 5 + k] * b.values[(n * 5 + k) * 2 + j];
        expected.push_back(static_cast<float>(sum));
      }
  EXPECT_THAT(run(*make_batch_matmul(), {a, b}), Pointwise(FloatNear(1e-5F), expected));
}

TEST(BatchMatmul, TakesAnyNumberOfAxesBeforeTheMatrices) {
  const Tensor a{{1, 2, 1, 2}, {1, 2, 3, 4}};
  const Tensor b{{1, 2, 2, 1}, {10, 1, 100, 1}};
  EXPECT_EQ(run(*make_batch_matmul(), {a, b}), (std::vector<float>{12, 304}));
  EXPECT_EQ(run(*make_batch_matmul(), {{{1, 2}, {1, 2}}, {{2, 1}, {10, 1}}}),
            (std::vector<float>{12}));
}

TEST(BatchMatmul, KeepsSamplesApartOnlyAlongAnAxisBeforeTheMatrices) {
  const std::vector<graph::ValueType> matrices(2, {DType::kFloat32, {2, 2}});
  const std::vector<graph::ValueType> stacks(2, {DType::kFloat32, {2, 2, 2}});
  EXPECT_FALSE(make_batch_matmul()->keeps_samples_apart(matrices));
  EXPECT_TRUE(make_batch_matmul()->keeps_samples_apart(stacks));
}

TEST(BatchMatmul, RefusesMatricesThatDoNotFit) {
  const std::array<graph::ValueType, 2> types{
      {{DType::kFloat32, {3, 4, 5}}, {DType::kFloat32, {3, 4, 2}}}};
  EXPECT_THROW(make_batch_matmul()->infer(types), Error);
}

TEST(AddConstant, RepeatsTheConstantOverTheFirstAxes) {
  const auto operation =
      make_add_constant(testing::constant("bias", {{2, 1}, {10, 20}}), {{2, 3}, {1, 0}});
  EXPECT_THAT(run(*operation, {{{2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}}),
              ElementsAre(10, 11, 12, 23, 24, 25, 16, 17, 18, 29, 30, 31));
}

TEST(Cast, MakesFloatsOfIntegersAndBooleans) {
  graph::PackedWeights weights;
  const auto operation = make_cast(DType::kFloat32);
  EXPECT_THAT(run_on<std::int32_t>(*operation, {{DType::kInt32, {2}}}, {{-3, 7}}, weights),
              ElementsAre(-3, 7));
  EXPECT_THAT(run_on<std::uint8_t>(*operation, {{DType::kBool, {2}}}, {{0, 1}}, weights),
              ElementsAre(0, 1));
}

TEST(Cast, TruncatesFloatsTowardsZeroWithinInt32) {
  graph::PackedWeights weights;
  const std::vector<float> bits = run_on<float>(*make_cast(DType::kInt32), {{DType::kFloat32, {4}}},
                                                {{1.9F, -1.9F, 1e20F, -1e20F}}, weights);
  std::array<std::int32_t, 4> values{};
  std::memcpy(values.data(), bits.data(), sizeof(values));
  EXPECT_THAT(values, ElementsAre(1, -1, INT32_MAX, INT32_MIN));
}

}  // namespace
}  // namespace weir::ops
