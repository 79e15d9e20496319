#include "kernels/convolution.h"

#include "kernels/packed_testing.h"
#include "kernels/reference/products.h"

namespace weir::kernels {
namespace {

std::size_t scratch_bytes(const ConvolutionShape& shape, std::size_t threads) {
  return convolution_scratch_bytes(shape, threads);
}

using PackedConvolution = PackedKernel<ConvolutionShape, packed_convolution_bytes, pack_convolution,
                                       scratch_bytes, convolution>;

std::size_t inner_of(const ConvolutionShape& shape) {
  return volume(shape.window.kernel) * shape.in_channels / shape.groups;
}

ConvolutionShape shape_of(const SlideCase& c, std::size_t in_channels, std::size_t out_channels,
                          std::size_t groups = 1) {
  return {.batch = 2,
          .in = c.in,
          .out = c.out,
          .in_channels = in_channels,
          .out_channels = out_channels,
          .groups = groups,
          .window = c.window};
}

void expect_like_reference(const ConvolutionShape& shape, const EpilogueCase& options,
                           std::size_t in_gap) {
  SCOPED_TRACE(::testing::Message() << "groups " << shape.groups);
  expect_like_reference<PackedConvolution>(shape, inner_of(shape), reference::convolution, options,
                                           in_gap);
}

TEST(Convolution, AgreesWithItsTwinHoweverItSlides) {
  for (const SlideCase& c : slide_cases()) {
    expect_like_reference(shape_of(c, 3, 17), {.bias = true}, 0);
    expect_like_reference(shape_of(c, 5, 33), {.bias = true}, 2);
    expect_like_reference(shape_of(c, 40, 8), {.scale = true}, 0);
  }
}

TEST(Convolution, AgreesWithItsTwinInGroups) {
  for (const SlideCase& c : slide_cases()) {
    expect_like_reference(shape_of(c, 6, 15, 3), {.bias = true, .residual = true}, 0);
    expect_like_reference(shape_of(c, 32, 32, 2), {.bias = true, .scale = true}, 1);
    expect_like_reference(shape_of(c, 5, 10, 5), {}, 0);
  }
}

TEST(Convolution, AppliesEveryEpilogue) {
  const SlideCase c = slide({1, 7, 11}, {.kernel = {1, 3, 3}}, true);
  for (const EpilogueCase& options : epilogue_cases()) {
    expect_like_reference(shape_of(c, 4, 21), options, 0);
    expect_like_reference(shape_of(c, 64, 16), options, 0);
  }
}

TEST(Convolution, HasTheSameBitsForAnyBatchAndThreads) {
  const SlideCase cases[] = {slide({1, 14, 14}, {.kernel = {1, 3, 3}}, true),
                             slide({1, 6, 40}, {.kernel = {1, 3, 3}}, true),
                             slide({1, 13, 9}, {}, true)};
  for (const SlideCase& c : cases) {
    ConvolutionShape shape = shape_of(c, 70, 37);
    const auto w = random_floats(inner_of(shape) * shape.out_channels, 2);
    const PackedConvolution packed(shape, w, nullptr);
    expect_same_bits_alone(
        [&](std::size_t batch, const float* in, float* out, const ThreadPool& pool) {
          packed.run(batch, in, shape.in_channels, out, shape.out_channels,
                     {.activation = {UnaryKind::kTanh}}, pool);
        },
        3, volume(shape.in) * shape.in_channels, volume(shape.out) * shape.out_channels);
  }
}

TEST(Convolution, ScratchIsBounded) {
  const SlideCase c = slide({1, 512, 512}, {.kernel = {1, 7, 7}}, true);
  EXPECT_LE(convolution_scratch_bytes(shape_of(c, 2048, 2048), 1), std::size_t{144} << 10);
}

TEST(Convolution, ChoosesByWindowChannelsAndGroupsOnly) {
  ConvolutionShape shape = shape_of(slide({1, 8, 8}, {}, true), 8, 8);
  EXPECT_EQ(choose_convolution(shape), ConvolutionAlgorithm::kProduct);
  shape.groups = 2;
  EXPECT_EQ(choose_convolution(shape), ConvolutionAlgorithm::kGather);
  shape = shape_of(slide({1, 8, 8}, {.kernel = {1, 1, 3}}, true), 8, 8);
  EXPECT_EQ(choose_convolution(shape), ConvolutionAlgorithm::kGather);
}

}  // namespace
}  // namespace weir::kernels
