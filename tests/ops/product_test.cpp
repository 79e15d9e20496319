#include "ops/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ops/convolution.h"
#include "ops/depthwise.h"
#include "ops/matmul.h"
#include "ops/operation_testing.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using kernels::Unary;
using kernels::UnaryKind;
using testing::affine;
using testing::constant;
using ::testing::FloatNear;
using ::testing::Pointwise;
using testing::random_tensor;
using testing::run;
using testing::Tensor;

constexpr Unary kRelu{UnaryKind::kRelu, 0.0F, 0.0F, std::numeric_limits<float>::infinity(), 0.0F};

/// (1, 2, 3) * kernel + bias = (9 + 1, 12 + 2) where kernel is 0 to 5.
OperationPtr small_product(bool with_bias = true) {
  ProductTerms terms;
  terms.kernel = constant("dense/0", {{3, 2}, {0, 1, 2, 3, 4, 5}});
  if (with_bias) terms.bias = constant("dense/1", {{2}, {1, 2}});
  return make_matmul(3, 2, std::move(terms));
}

const Tensor kInput{{1, 3}, {1, 2, 3}};

TEST(Product, AddsTheBias) {
  EXPECT_THAT(run(*small_product(), {kInput}), Pointwise(FloatNear(1e-4F), {17, 24}));
  EXPECT_THAT(run(*small_product(false), {kInput}), Pointwise(FloatNear(1e-4F), {16, 22}));
}

TEST(Product, FoldsScaleAndShiftIntoItsWeights) {
  const auto normalise = affine("bn", {2, -1}, {0.5F, 0.25F});
  const auto folded = small_product()->with_channel_affine(normalise);
  ASSERT_NE(folded, nullptr);
  EXPECT_THAT(run(*folded, {kInput}), Pointwise(FloatNear(1e-4F), {34.5F, -23.75F}));
  const auto without_bias = small_product(false)->with_channel_affine(normalise);
  EXPECT_THAT(run(*without_bias, {kInput}), Pointwise(FloatNear(1e-4F), {32.5F, -21.75F}));
  const auto twice = folded->with_channel_affine(affine("scale", {10, 10}, {1, 1}));
  EXPECT_THAT(run(*twice, {kInput}), Pointwise(FloatNear(1e-3F), {346.0F, -236.5F}));
}

TEST(Product, FoldedWeightsAreNotMistakenForTheOthers) {
  graph::PackedWeights weights;
  const OperationPtr plain = small_product();
  const OperationPtr folded = plain->with_channel_affine(affine("bn", {2, 2}, {0, 0}));
  EXPECT_THAT(run(*plain, {kInput}, weights), Pointwise(FloatNear(1e-4F), {17, 24}));
  EXPECT_THAT(run(*folded, {kInput}, weights), Pointwise(FloatNear(1e-4F), {34, 48}));
  EXPECT_EQ(weights.bytes(), plain->packed_bytes() + folded->packed_bytes());
}

TEST(Product, AddsTheResidualBeforeTheActivationAndOverIt) {
  const auto fused = small_product()->with_residual()->with_unary(kRelu);
  ASSERT_NE(fused, nullptr);
  ASSERT_EQ(fused->in_place().size(), 1U);
  EXPECT_EQ(fused->in_place()[0].input, 1U);
  EXPECT_THAT(run(*fused, {kInput, {{1, 2}, {3, -100}}}), Pointwise(FloatNear(1e-4F), {20, 0}));
}

TEST(Product, FusesOnlyInTheOrderOfItsEpilogue) {
  const auto normalise = affine("bn", {2, 2}, {0, 0});
  const auto activated = small_product()->with_unary(kRelu);
  EXPECT_EQ(activated->with_unary(kRelu), nullptr);
  EXPECT_EQ(activated->with_residual(), nullptr);
  EXPECT_EQ(activated->with_channel_affine(normalise), nullptr);
  const auto residual = small_product()->with_residual();
  EXPECT_EQ(residual->with_residual(), nullptr);
  EXPECT_EQ(residual->with_channel_affine(normalise), nullptr);
  EXPECT_EQ(small_product()->with_channel_affine(affine("bn", {1, 1, 1}, {0, 0, 0})), nullptr);
}

TEST(Product, RefusesAResidualOfAnotherShape) {
  const std::array<graph::ValueType, 2> types{
      {{DType::kFloat32, {4, 3}}, {DType::kFloat32, {1, 2}}}};
  EXPECT_THROW(small_product()->with_residual()->infer(types), Error);
}

TEST(Product, EveryProductFoldsScaleAndShift) {
  ProductTerms terms;
  terms.bias = constant("c/1", random_tensor({4}, 8));
  SlidingWindow window;
  window.kernel = {1, 3, 3};
  terms.kernel = constant("c/0", random_tensor({3, 3, 4, 4}));
  const OperationPtr convolution = make_convolution({window, 4, 4, 1}, terms);
  terms.kernel = constant("c/0", random_tensor({3, 3, 2, 4}));
  const OperationPtr grouped = make_convolution({window, 4, 4, 2}, terms);
  terms.kernel = constant("c/0", random_tensor({3, 3, 4, 1}));
  const OperationPtr depthwise = make_depthwise({window, 4, 1}, terms);

  const Tensor image = random_tensor({1, 5, 5, 4}, 2);
  const std::vector<float> scale{1, 2, -3, 0.5F};
  const std::vector<float> shift{0, 1, 2, 3};
  for (const OperationPtr& operation : {convolution, grouped, depthwise}) {
    std::vector<float> expected = run(*operation, {image});
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = expected[i] * scale[i % 4] + shift[i % 4];
    }
    const auto folded = operation->with_channel_affine(affine("bn", scale, shift));
    EXPECT_THAT(run(*folded, {image}), Pointwise(FloatNear(2e-5F), expected));
  }
}

TEST(Product, WithoutValuesHasZeroWeights) {
  ProductTerms terms;
  terms.kernel = {"dense/0", DType::kFloat32, {3, 2}, {}};
  const auto operation = make_matmul(3, 2, std::move(terms));
  EXPECT_EQ(testing::output_shape(*operation, {7, 3}), (Shape{7, 2}));
  EXPECT_GT(operation->packed_bytes(), 0U);
  EXPECT_THAT(run(*operation, {kInput}), ::testing::ElementsAre(0, 0));
}

TEST(Product, ReadsItsKernelThroughAView) {
  ProductTerms terms;
  terms.kernel = constant("dense/0", {{2, 3}, {0, 2, 4, 1, 3, 5}});
  terms.kernel_view = StridedView{{3, 2}, {1, 3}};
  terms.bias = constant("dense/1", {{1}, {7}});
  terms.bias_view = StridedView{{2}, {0}};
  EXPECT_THAT(run(*make_matmul(3, 2, std::move(terms)), {kInput}),
              Pointwise(FloatNear(1e-4F), {23, 29}));
}

TEST(Product, TakesWeightsOfOtherTypesAndAtOddAddresses) {
  auto owner = std::make_shared<std::vector<std::byte>>(1 + 6 * sizeof(float));
  const std::array<float, 6> kernel{0, 1, 2, 3, 4, 5};
  std::memcpy(owner->data() + 1, kernel.data(), sizeof(kernel));
  ProductTerms terms;
  terms.kernel = {"a", DType::kFloat32, {3, 2}, {std::span(*owner).subspan(1), owner}};
  EXPECT_THAT(run(*make_matmul(3, 2, terms), {kInput}), Pointwise(FloatNear(1e-4F), {16, 22}));

  auto bytes =
      std::make_shared<const std::vector<std::int8_t>>(std::vector<std::int8_t>{0, 1, 2, 3, 4, 5});
  terms.kernel = {"b", DType::kInt8, {3, 2}, {std::as_bytes(std::span(*bytes)), bytes}};
  EXPECT_THAT(run(*make_matmul(3, 2, terms), {kInput}), Pointwise(FloatNear(1e-4F), {16, 22}));
}

TEST(StridedView, IsAnIdentityOnlyInTheWeightsOwnOrder) {
  EXPECT_TRUE((StridedView{{2, 3}, {3, 1}}.is_identity(6)));
  EXPECT_TRUE((StridedView{{2, 1, 3}, {3, 0, 1}}.is_identity(6)));
  EXPECT_FALSE((StridedView{{3, 2}, {1, 3}}.is_identity(6)));
  EXPECT_FALSE((StridedView{{2, 3}, {0, 1}}.is_identity(3)));
}

}  // namespace
}  // namespace weir::ops
