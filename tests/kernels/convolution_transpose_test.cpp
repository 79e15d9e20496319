#include "kernels/convolution_transpose.h"

#include "kernels/packed_testing.h"
#include "kernels/reference/products.h"

namespace weir::kernels {
namespace {

using PackedTranspose = PackedKernel<ConvolutionTransposeShape, packed_convolution_transpose_bytes,
                                     pack_convolution_transpose,
                                     convolution_transpose_scratch_bytes, convolution_transpose>;

std::size_t inner_of(const ConvolutionTransposeShape& shape) {
  return volume(shape.window.kernel) * shape.in_channels;
}

void expect_like_reference(const ConvolutionTransposeShape& shape, const EpilogueCase& options,
                           std::size_t in_gap) {
  expect_like_reference<PackedTranspose>(shape, inner_of(shape), reference::convolution_transpose,
                                         options, in_gap);
}

ConvolutionTransposeShape shape_of(const Extent& in, const Extent& out, const Window& window) {
  return {.batch = 2, .in = in, .out = out, .in_channels = 7, .out_channels = 19, .window = window};
}

std::vector<ConvolutionTransposeShape> transpose_cases() {
  return {
      shape_of({1, 5, 6}, {1, 7, 8}, {.kernel = {1, 3, 3}}),
      shape_of({1, 5, 6}, {1, 5, 6}, {.kernel = {1, 3, 3}, .pad_before = {0, 1, 1}}),
      shape_of({1, 5, 6}, {1, 11, 13}, {.kernel = {1, 3, 3}, .stride = {1, 2, 2}}),
      shape_of({1, 5, 6}, {1, 10, 12},
               {.kernel = {1, 4, 4}, .stride = {1, 2, 2}, .pad_before = {0, 1, 1}}),
      // Each output is of one pixel.
      shape_of({1, 5, 6}, {1, 10, 12}, {.kernel = {1, 2, 2}, .stride = {1, 2, 2}}),
      // A stride beyond the kernel: pixels that nothing reaches.
      shape_of({1, 4, 3}, {1, 17, 13}, {.kernel = {1, 2, 3}, .stride = {1, 5, 4}}),
      // Dilations with and without a common divisor with the stride.
      shape_of({1, 6, 7}, {1, 16, 20},
               {.kernel = {1, 3, 4}, .stride = {1, 2, 2}, .dilation = {1, 3, 2}}),
      shape_of({1, 6, 7}, {1, 30, 30},
               {.kernel = {1, 3, 5},
                .stride = {1, 4, 6},
                .dilation = {1, 6, 4},
                .pad_before = {0, 3, 5}}),
      shape_of({1, 1, 20}, {1, 1, 61}, {.kernel = {1, 1, 5}, .stride = {1, 1, 3}}),
      shape_of({3, 4, 5}, {6, 9, 5},
               {.kernel = {2, 3, 3}, .stride = {2, 2, 1}, .pad_before = {0, 0, 1}}),
      // An output smaller than the stride.
      shape_of({1, 1, 1}, {1, 2, 1}, {.kernel = {1, 3, 3}, .stride = {1, 3, 3}}),
  };
}

TEST(ConvolutionTranspose, AgreesWithItsTwinHoweverItSlides) {
  for (const ConvolutionTransposeShape& shape : transpose_cases()) {
    expect_like_reference(shape, {.bias = true}, 0);
    expect_like_reference(shape, {.residual = true, .scale = true}, 4);
  }
}

TEST(ConvolutionTranspose, AppliesEveryEpilogue) {
  for (const EpilogueCase& options : epilogue_cases()) {
    expect_like_reference(transpose_cases()[3], options, 0);
  }
}

TEST(ConvolutionTranspose, PacksIntoTheBytesItNames) {
  for (const ConvolutionTransposeShape& shape : transpose_cases()) {
    const std::size_t bytes = packed_convolution_transpose_bytes(shape);
    std::vector<float> guarded(bytes / sizeof(float) + 1, GappedRows::kUntouched);
    const auto w = random_floats(inner_of(shape) * shape.out_channels, 2);
    pack_convolution_transpose(shape, w.data(), nullptr, guarded.data());
    EXPECT_EQ(std::count(guarded.begin(), guarded.end(), GappedRows::kUntouched), 1);
  }
}

TEST(ConvolutionTranspose, HasTheSameBitsForAnyBatchAndThreads) {
  ConvolutionTransposeShape shape =
      shape_of({1, 20, 24}, {1, 40, 48},
               {.kernel = {1, 3, 3}, .stride = {1, 2, 2}, .pad_before = {0, 0, 0}});
  shape.in_channels = 70;
  const auto w = random_floats(inner_of(shape) * shape.out_channels, 2);
  const PackedTranspose packed(shape, w, nullptr);
  expect_same_bits_alone(
      [&](std::size_t batch, const float* in, float* out, const ThreadPool& pool) {
        packed.run(batch, in, shape.in_channels, out, shape.out_channels, {}, pool);
      },
      3, volume(shape.in) * shape.in_channels, volume(shape.out) * shape.out_channels);
}

}  // namespace
}  // namespace weir::kernels
