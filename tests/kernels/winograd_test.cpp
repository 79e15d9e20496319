#include "kernels/winograd.h"

#include "kernels/packed_testing.h"
#include "kernels/reference/products.h"

namespace weir::kernels {
namespace {

using PackedWinograd = PackedKernel<ConvolutionShape, packed_winograd_bytes, pack_winograd,
                                    winograd_scratch_bytes, winograd>;

// Channels that share rows of transformed inputs, fill one, and need several.
constexpr std::size_t kChannels[] = {32, 48, 96, 256, 272, 320};

// Errors are about twice those of the plain sum, and the bound is relative to results that some
// activations make smaller than the sums.
constexpr float kRounding = 4.0F;

ConvolutionShape image(std::size_t height, std::size_t width, bool same, std::size_t in_channels,
                       std::size_t out_channels) {
  const SlideCase c = slide({1, height, width}, {.kernel = {1, 3, 3}}, same);
  return {.batch = 2,
          .in = c.in,
          .out = c.out,
          .in_channels = in_channels,
          .out_channels = out_channels,
          .window = c.window};
}

void expect_like_sum(const ConvolutionShape& shape, const EpilogueCase& options,
                     std::size_t in_gap = 0) {
  expect_like_reference<PackedWinograd>(shape, 9 * shape.in_channels, reference::convolution,
                                        options, in_gap, kRounding);
}

TEST(Winograd, AgreesWithThePlainSum) {
  for (const std::size_t channels : kChannels) {
    expect_like_sum(image(9, 14, true, channels, 48), {.bias = true});
    expect_like_sum(image(8, 11, false, channels, 32), {.scale = true}, 3);
  }
  expect_like_sum(image(1, 1, true, 32, 64), {.bias = true});
  expect_like_sum(image(37, 41, true, 32, 80), {.bias = true});
}

TEST(Winograd, AppliesEveryEpilogue) {
  for (const EpilogueCase& options : epilogue_cases()) {
    expect_like_sum(image(7, 10, true, 32, 48), options);
  }
}

TEST(Winograd, LeavesAnImagePaddedOnOneSideOnly) {
  ConvolutionShape shape = image(10, 10, false, 32, 32);
  shape.window.pad_before = {0, 1, 2};
  shape.out = {1, 10, 11};
  expect_like_sum(shape, {.bias = true});
}

void expect_same_bits(const ConvolutionShape& shape) {
  const auto weights = random_floats(9 * shape.in_channels * shape.out_channels, 2);
  const PackedWinograd packed(shape, weights, nullptr);
  expect_same_bits_alone(
      [&](std::size_t batch, const float* in, float* out, const ThreadPool& pool) {
        packed.run(batch, in, shape.in_channels, out, shape.out_channels,
                   {.activation = {UnaryKind::kTanh}}, pool);
      },
      3, volume(shape.in) * shape.in_channels, volume(shape.out) * shape.out_channels);
}

TEST(Winograd, HasTheSameBitsForAnyBatchAndThreads) {
  expect_same_bits(image(23, 30, true, 288, 112));
}

TEST(Winograd, HasTheSameBitsWhereThreadsTakeBlocksOfTheirOwn) {
  expect_same_bits(image(23, 30, true, 32, 48));
  expect_same_bits(image(61, 50, true, 96, 32));
}

TEST(Winograd, IsTakenWhereItPays) {
  constexpr std::uint64_t kCache = std::uint64_t{32} << 20;
  EXPECT_TRUE(winograd_pays(image(56, 56, true, 64, 64), kCache));
  EXPECT_TRUE(winograd_pays(image(14, 14, true, 256, 256), kCache));
  EXPECT_FALSE(winograd_pays(image(7, 7, true, 512, 512), kCache)) << "few tiles";
  EXPECT_FALSE(winograd_pays(image(56, 56, true, 3, 64), kCache)) << "few channels";
  EXPECT_FALSE(winograd_pays(image(56, 56, true, 64, 72), kCache)) << "no whole panels";
  ConvolutionShape strided = image(56, 56, true, 64, 64);
  strided.window.stride = {1, 2, 2};
  EXPECT_FALSE(winograd_pays(strided, kCache));
}

TEST(Winograd, NeedsMoreTilesForWeightsThatComeFromMemory) {
  const ConvolutionShape few = image(14, 14, true, 512, 512);
  const std::uint64_t weights = packed_winograd_bytes(few);
  EXPECT_TRUE(winograd_pays(few, weights));
  EXPECT_FALSE(winograd_pays(few, weights - 1));
  EXPECT_TRUE(winograd_pays(image(28, 28, true, 512, 512), weights - 1));
}

}  // namespace
}  // namespace weir::kernels
