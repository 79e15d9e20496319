#include "ops/convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/convolution_transpose.h"
#include "ops/depthwise.h"
#include "ops/operation_testing.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using ::testing::FloatNear;
using testing::output_shape;
using ::testing::Pointwise;
using testing::random_tensor;
using testing::run;
using testing::Tensor;

constexpr float kTolerance = 1e-5F;

SlidingWindow window_2d(std::size_t kernel, std::size_t stride, std::size_t dilation,
                        PaddingMode padding) {
  SlidingWindow window;
  window.kernel = {1, kernel, kernel};
  window.stride = {1, stride, stride};
  window.dilation = {1, dilation, dilation};
  window.padding = padding;
  return window;
}

std::size_t at(const Shape& shape, std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) {
  return static_cast<std::size_t>(((n * shape[1] + y) * shape[2] + x) * shape[3] + c);
}

/// Zeros of `before` rows and columns before, `after` after.
Tensor padded(const Tensor& image, std::int64_t before, std::int64_t after) {
  const Shape& shape = image.shape;
  Tensor result{{shape[0], shape[1] + before + after, shape[2] + before + after, shape[3]}, {}};
  result.values.assign(static_cast<std::size_t>(result.shape.elements()), 0.0F);
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t y = 0; y < shape[1]; ++y)
      for (std::int64_t x = 0; x < shape[2]; ++x)
        for (std::int64_t c = 0; c < shape[3]; ++c)
          result.values[at(result.shape, n, y + before, x + before, c)] =
              image.values[at(shape, n, y, x, c)];
  return result;
}

/// A 'valid' grouped convolution, by the definition.
Tensor naive_convolution(const Tensor& image, const Tensor& kernel, std::int64_t stride,
                         std::int64_t dilation, std::int64_t groups) {
  const std::int64_t extent = (kernel.shape[0] - 1) * dilation + 1;
  const std::int64_t in_group = kernel.shape[2];
  const std::int64_t out_group = kernel.shape[3] / groups;
  Tensor out{{image.shape[0], (image.shape[1] - extent) / stride + 1,
              (image.shape[2] - extent) / stride + 1, kernel.shape[3]},
             {}};
  for (std::int64_t n = 0; n < out.shape[0]; ++n)
    for (std::int64_t y = 0; y < out.shape[1]; ++y)
      for (std::int64_t x = 0; x < out.shape[2]; ++x)
        for (std::int64_t o = 0; o < out.shape[3]; ++o) {
          double sum = 0;
          for (std::int64_t ky = 0; ky < kernel.shape[0]; ++ky)
            for (std::int64_t kx = 0; kx < kernel.shape[1]; ++kx)
              for (std::int64_t i = 0; i < in_group; ++i)
                sum += image.values[at(image.shape, n, y * stride + ky * dilation,
                                       x * stride + kx * dilation, o / out_group * in_group + i)] *
                       kernel.values[at(kernel.shape, ky, kx, i, o)];
          out.values.push_back(static_cast<float>(sum));
        }
  return out;
}

ProductTerms terms_of(const Tensor& kernel) {
  ProductTerms terms;
  terms.kernel = testing::constant("conv/0", kernel);
  return terms;
}

TEST(Convolution, ValidPaddingIsTheDefinition) {
  const Tensor image = random_tensor({2, 9, 8, 4});
  for (const auto& [kernel_size, stride, dilation, groups] :
       {std::array<std::size_t, 4>{3, 1, 1, 1},
        {3, 2, 1, 2},
        {3, 1, 2, 4},
        {1, 1, 1, 1},
        {1, 2, 1, 1},
        {2, 3, 1, 1}}) {
    const Tensor kernel = random_tensor(
        {static_cast<std::int64_t>(kernel_size), static_cast<std::int64_t>(kernel_size),
         4 / static_cast<std::int64_t>(groups), 8},
        7);
    const auto operation = make_convolution(
        {window_2d(kernel_size, stride, dilation, PaddingMode::kValid), 4, 8, groups},
        terms_of(kernel));
    const Tensor expected =
        naive_convolution(image, kernel, static_cast<std::int64_t>(stride),
                          static_cast<std::int64_t>(dilation), static_cast<std::int64_t>(groups));
    EXPECT_EQ(output_shape(*operation, image.shape), expected.shape);
    EXPECT_THAT(run(*operation, {image}), Pointwise(FloatNear(kTolerance), expected.values));
  }
}

TEST(Convolution, SamePaddingPutsTheOddZeroAfter) {
  const Tensor image = random_tensor({1, 6, 6, 3});
  const Tensor kernel = random_tensor({3, 3, 3, 5}, 3);
  const auto operation =
      make_convolution({window_2d(3, 2, 1, PaddingMode::kSame), 3, 5, 1}, terms_of(kernel));
  const Tensor expected = naive_convolution(padded(image, 0, 1), kernel, 2, 1, 1);
  EXPECT_EQ(output_shape(*operation, image.shape), (Shape{1, 3, 3, 5}));
  EXPECT_THAT(run(*operation, {image}), Pointwise(FloatNear(kTolerance), expected.values));
}

TEST(Convolution, CausalPaddingSeesNothingLater) {
  SlidingWindow window;
  window.rank = 1;
  window.kernel = {1, 1, 3};
  window.dilation = {1, 1, 2};
  window.padding = PaddingMode::kCausal;
  const Tensor kernel{{3, 1, 1}, {100, 10, 1}};
  const auto operation = make_convolution({window, 1, 1, 1}, terms_of(kernel));
  EXPECT_THAT(run(*operation, {{{1, 6, 1}, {1, 2, 3, 4, 5, 6}}}),
              Pointwise(FloatNear(1e-3F), {1, 2, 13, 24, 135, 246}));
}

TEST(Convolution, TakesInZeroPadding) {
  const Tensor image = random_tensor({2, 5, 5, 2});
  const Tensor kernel = random_tensor({3, 3, 2, 4}, 3);
  for (const PaddingMode mode : {PaddingMode::kValid, PaddingMode::kSame}) {
    const auto operation = make_convolution({window_2d(3, 2, 1, mode), 2, 4, 1}, terms_of(kernel));
    const auto folded = operation->after_zero_padding({{0, 1, 1, 0}, {0, 2, 2, 0}});
    ASSERT_NE(folded, nullptr);
    EXPECT_EQ(run(*folded, {image}), run(*operation, {padded(image, 1, 2)}));
  }
}

TEST(Convolution, LeavesPaddingItCannotDoToOthers) {
  const auto three = make_convolution({window_2d(3, 1, 1, PaddingMode::kValid), 2, 4, 1},
                                      terms_of(random_tensor({3, 3, 2, 4})));
  EXPECT_EQ(three->after_zero_padding({{0, 0, 0, 1}, {0, 0, 0, 0}}), nullptr);
  EXPECT_EQ(three->after_zero_padding({{0, 0, 0}, {0, 1, 0}}), nullptr);
  const auto one = make_convolution({window_2d(1, 1, 1, PaddingMode::kValid), 2, 4, 1},
                                    terms_of(random_tensor({1, 1, 2, 4})));
  EXPECT_EQ(one->after_zero_padding({{0, 0, 0, 0}, {0, 1, 1, 0}}), nullptr);
}

TEST(Convolution, RefusesImagesThatDoNotFit) {
  const auto operation = make_convolution({window_2d(3, 1, 1, PaddingMode::kValid), 2, 4, 1},
                                          terms_of(random_tensor({3, 3, 2, 4})));
  EXPECT_THROW(output_shape(*operation, {1, 2, 5, 2}), Error);  // Lower than the window.
  EXPECT_THROW(output_shape(*operation, {1, 5, 5, 3}), Error);  // Other channels.
  EXPECT_THROW(output_shape(*operation, {1, 5, 5}), Error);     // Other rank.
  EXPECT_THROW(make_convolution({{}, 4, 6, 4}, {}), Error);     // Groups that do not divide.
}

TEST(Depthwise, GivesEachChannelKernelsOfItsOwn) {
  const Tensor image = random_tensor({2, 7, 6, 3});
  const Tensor kernel = random_tensor({3, 3, 3, 2}, 5);
  for (const std::size_t stride : {1U, 2U}) {
    const auto operation =
        make_depthwise({window_2d(3, stride, 1, PaddingMode::kValid), 3, 2}, terms_of(kernel));
    // The same weights as a convolution of three groups: (3, 3, 1, 6).
    const Tensor expected = naive_convolution(image, {{3, 3, 1, 6}, kernel.values},
                                              static_cast<std::int64_t>(stride), 1, 3);
    EXPECT_EQ(output_shape(*operation, image.shape), expected.shape);
    EXPECT_THAT(run(*operation, {image}), Pointwise(FloatNear(kTolerance), expected.values));
  }
}

TEST(Convolution, WithAGroupForEachChannelIsADepthwiseOne) {
  const Tensor image = random_tensor({2, 7, 6, 3});
  const Tensor kernel = random_tensor({3, 3, 1, 6}, 5);
  const auto operation =
      make_convolution({window_2d(3, 1, 1, PaddingMode::kValid), 3, 6, 3}, terms_of(kernel));
  EXPECT_EQ(operation->kind(), "depthwise convolution");
  const Tensor expected = naive_convolution(image, kernel, 1, 1, 3);
  EXPECT_EQ(output_shape(*operation, image.shape), expected.shape);
  EXPECT_THAT(run(*operation, {image}), Pointwise(FloatNear(kTolerance), expected.values));
}

TEST(Depthwise, TakesInZeroPadding) {
  const Tensor image = random_tensor({1, 5, 5, 3});
  const auto operation = make_depthwise({window_2d(3, 2, 1, PaddingMode::kValid), 3, 1},
                                        terms_of(random_tensor({3, 3, 3, 1}, 3)));
  const auto folded = operation->after_zero_padding({{0, 0, 0, 0}, {0, 1, 1, 0}});
  ASSERT_NE(folded, nullptr);
  EXPECT_EQ(run(*folded, {image}), run(*operation, {padded(image, 0, 1)}));
}

struct TransposedSize {
  std::size_t kernel, stride, dilation;
  PaddingMode padding;
  std::optional<std::size_t> output_padding;
  std::int64_t out_of_5;
};

TEST(ConvolutionTranspose, SizesAreThoseOfKeras) {
  for (const TransposedSize& size : {TransposedSize{3, 2, 1, PaddingMode::kValid, {}, 11},
                                     {2, 3, 1, PaddingMode::kValid, {}, 15},
                                     {3, 2, 1, PaddingMode::kSame, {}, 10},
                                     {3, 1, 2, PaddingMode::kValid, {}, 9},
                                     {3, 2, 1, PaddingMode::kValid, 1, 12},
                                     {3, 2, 1, PaddingMode::kSame, 0, 9},
                                     {3, 2, 1, PaddingMode::kSame, 1, 10}}) {
    ConvolutionTransposeAttributes attributes{
        window_2d(size.kernel, size.stride, size.dilation, size.padding), 2, 3, std::nullopt};
    if (size.output_padding) {
      attributes.output_padding = {0, *size.output_padding, *size.output_padding};
    }
    const auto operation = make_convolution_transpose(attributes, {});
    EXPECT_EQ(output_shape(*operation, {1, 5, 5, 2}), (Shape{1, size.out_of_5, size.out_of_5, 3}));
  }
}

TEST(ConvolutionTranspose, SpreadsEachPixelOverAWindow) {
  SlidingWindow window;
  window.rank = 1;
  window.kernel = {1, 1, 3};
  window.stride = {1, 1, 2};
  const Tensor kernel{{3, 1, 1}, {1, 10, 100}};
  const auto valid = make_convolution_transpose({window, 1, 1, std::nullopt}, terms_of(kernel));
  EXPECT_THAT(run(*valid, {{{1, 3, 1}, {1, 2, 3}}}),
              Pointwise(FloatNear(1e-3F), {1, 10, 102, 20, 203, 30, 300}));
  // 'same' cuts what 'same' of the convolution would pad: nothing before, one after.
  window.padding = PaddingMode::kSame;
  const auto same = make_convolution_transpose({window, 1, 1, std::nullopt}, terms_of(kernel));
  EXPECT_THAT(run(*same, {{{1, 3, 1}, {1, 2, 3}}}),
              Pointwise(FloatNear(1e-3F), {1, 10, 102, 20, 203, 30}));
}

TEST(ConvolutionTranspose, CutsPaddingBeforeTheFirstPixel) {
  SlidingWindow window;
  window.rank = 1;
  window.kernel = {1, 1, 4};
  window.stride = {1, 1, 2};
  window.padding = PaddingMode::kSame;
  // All of it: 1 10 102 1020 200 2000; 'same' of the convolution pads one on each side.
  const Tensor kernel{{4, 1, 1}, {1, 10, 100, 1000}};
  const auto same = make_convolution_transpose({window, 1, 1, std::nullopt}, terms_of(kernel));
  EXPECT_THAT(run(*same, {{{1, 2, 1}, {1, 2}}}), Pointwise(FloatNear(1e-3F), {10, 102, 1020, 200}));
}

TEST(ConvolutionTranspose, RefusesAnOutputThatDoesNotConvolveBack) {
  ConvolutionTransposeAttributes attributes{window_2d(2, 2, 1, PaddingMode::kSame), 1, 1,
                                            kernels::Extent{0, 0, 0}};
  EXPECT_THROW(output_shape(*make_convolution_transpose(attributes, {}), {1, 5, 5, 1}), Error);
}

}  // namespace
}  // namespace weir::ops
