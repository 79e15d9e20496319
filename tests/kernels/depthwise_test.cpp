#include "kernels/depthwise.h"

#include "kernels/reference/products.h"
#include "kernels/window_testing.h"

namespace weir::kernels {
namespace {

class PackedDepthwise {
 public:
  PackedDepthwise(const DepthwiseShape& shape, const std::vector<float>& w, const float* scale)
      : shape_(shape), packed_(packed_depthwise_bytes(shape)) {
    pack_depthwise(shape, w.data(), scale, packed_.as<float>().data());
  }

  void run(std::size_t batch, const float* in, std::size_t in_stride, float* out,
           std::size_t out_stride, const Epilogue& epilogue, const ThreadPool& pool) const {
    DepthwiseShape shape = shape_;
    shape.batch = batch;
    depthwise(shape, in, in_stride, packed_.as<float>().data(), out, out_stride, epilogue, pool);
  }

 private:
  DepthwiseShape shape_;
  AlignedBuffer packed_;
};

DepthwiseShape shape_of(const SlideCase& c, std::size_t channels, std::size_t multiplier = 1) {
  return {.batch = 2,
          .in = c.in,
          .out = c.out,
          .channels = channels,
          .multiplier = multiplier,
          .window = c.window};
}

std::vector<float> weights_of(const DepthwiseShape& shape) {
  return random_floats(volume(shape.window.kernel) * shape.out_channels(), 2);
}

void expect_like_reference(const DepthwiseShape& shape, const EpilogueCase& options,
                           std::size_t in_gap) {
  SCOPED_TRACE(::testing::Message()
               << text(shape.in) << " to " << text(shape.out) << " channels " << shape.channels
               << " times " << shape.multiplier << " " << text(shape.window));
  const std::size_t in_stride = shape.channels + in_gap;
  const auto in = random_floats(shape.batch * volume(shape.in) * in_stride + 1, 1);
  const auto w = weights_of(shape);
  const EpilogueData data(options, shape.batch * volume(shape.out), shape.out_channels(), 3);
  GappedRows expected = data.fresh_output();
  reference::depthwise(shape, in.data() + 1, in_stride, w.data(), data.scale(), expected.data(),
                       expected.stride, data.epilogue(expected));
  const PackedDepthwise packed(shape, w, data.scale());
  for_each_isa([&] {
    for (const auto& pool : test_pools()) {
      GappedRows actual = data.fresh_output();
      packed.run(shape.batch, in.data() + 1, in_stride, actual.data(), actual.stride,
                 data.epilogue(actual), *pool);
      expect_near(actual, expected, chain_tolerance(volume(shape.window.kernel)));
    }
  });
}

TEST(Depthwise, AgreesWithItsTwinHoweverItSlides) {
  for (const SlideCase& c : slide_cases()) {
    expect_like_reference(shape_of(c, 23), {.bias = true}, 0);
    expect_like_reference(shape_of(c, 32), {.bias = true, .scale = true}, 3);
  }
}

TEST(Depthwise, AgreesWithItsTwinForEveryMultiplier) {
  for (const SlideCase& c : slide_cases()) {
    expect_like_reference(shape_of(c, 11, 2), {.bias = true, .residual = true}, 0);
    expect_like_reference(shape_of(c, 7, 5), {.scale = true}, 2);
    expect_like_reference(shape_of(c, 1, 19), {}, 0);
  }
}

TEST(Depthwise, AgreesWithItsTwinForEveryRestOfChannels) {
  const SlideCase c = slide({1, 6, 21}, {.kernel = {1, 3, 3}}, true);
  for (std::size_t channels = 1; channels <= 33; ++channels) {
    expect_like_reference(shape_of(c, channels), {.bias = true, .activation = relu()}, 0);
  }
}

TEST(Depthwise, AgreesWithItsTwinForEveryWidthOfFixedWindows) {
  for (const std::size_t kernel : {3, 5, 7}) {
    for (const std::size_t stride : {1, 2}) {
      for (std::size_t width = 1; width <= 70; width += width < 34 ? 1 : 9) {
        const Window window{.kernel = {1, 3, kernel}, .stride = {1, stride, stride}};
        expect_like_reference(shape_of(slide({1, 4, width}, window, true), 19), {.bias = true}, 0);
      }
    }
  }
}

TEST(Depthwise, HasFixedWindowsInThePaddingAltogether) {
  const SlideCase wide{{1, 4, 5}, {1, 9, 24}, {.kernel = {1, 3, 3}, .pad_before = {0, 4, 12}}};
  expect_like_reference(shape_of(wide, 19), {.bias = true}, 0);
}

TEST(Depthwise, AppliesEveryEpilogue) {
  const SlideCase c = slide({1, 7, 11}, {.kernel = {1, 3, 3}}, true);
  for (const EpilogueCase& options : epilogue_cases()) {
    expect_like_reference(shape_of(c, 37), options, 0);
    expect_like_reference(shape_of(c, 5, 3), options, 0);
  }
}

TEST(Depthwise, HasTheSameBitsForAnyBatchAndThreads) {
  const SlideCase cases[] = {slide({1, 60, 70}, {.kernel = {1, 3, 3}}, true),
                             slide({1, 1, 900}, {.kernel = {1, 1, 9}}, true)};
  for (const SlideCase& c : cases) {
    const DepthwiseShape shape = shape_of(c, 50);
    const PackedDepthwise packed(shape, weights_of(shape), nullptr);
    expect_same_bits_alone(
        [&](std::size_t batch, const float* in, float* out, const ThreadPool& pool) {
          packed.run(batch, in, shape.channels, out, shape.channels,
                     {.activation = {UnaryKind::kSilu}}, pool);
        },
        3, volume(shape.in) * shape.channels, volume(shape.out) * shape.channels);
  }
}

}  // namespace
}  // namespace weir::kernels
