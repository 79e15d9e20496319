#pragma once

#include "kernels/window_testing.h"

namespace weir::kernels {

/// A kernel of convolution's kind with packed weights of its own. `Shape` is what the four
/// functions of the kernel take.
template <typename Shape, auto kPackedBytes, auto kPack, auto kScratchBytes, auto kRun>
class PackedKernel {
 public:
  PackedKernel(const Shape& shape, const std::vector<float>& w, const float* scale)
      : shape_(shape), packed_(kPackedBytes(shape)) {
    kPack(shape, w.data(), scale, packed_.template as<float>().data());
  }

  void run(std::size_t batch, const float* in, std::size_t in_stride, float* out,
           std::size_t out_stride, const Epilogue& epilogue, const ThreadPool& pool) const {
    Shape shape = shape_;
    shape.batch = batch;
    const AlignedBuffer scratch(kScratchBytes(shape, pool.size()));
    kRun(shape, in, in_stride, packed_.template as<float>().data(), out, out_stride, epilogue,
         scratch.data(), pool);
  }

 private:
  Shape shape_;
  AlignedBuffer packed_;
};

/// Compares with the naive twin, whose output elements are sums of `inner` products, on a batch
/// whose rows have gaps. `rounding` is how much more than a chain of sums the kernel may lose.
template <typename Packed, typename Shape, typename Reference>
void expect_like_reference(const Shape& shape, std::size_t inner, const Reference& reference,
                           const EpilogueCase& options, std::size_t in_gap, float rounding = 1.0F) {
  SCOPED_TRACE(::testing::Message()
               << text(shape.in) << " to " << text(shape.out) << " channels " << shape.in_channels
               << " to " << shape.out_channels << " " << text(shape.window));
  const std::size_t in_stride = shape.in_channels + in_gap;
  const auto in = random_floats(shape.batch * volume(shape.in) * in_stride + 1, 1);
  const auto w = random_floats(inner * shape.out_channels, 2);
  const EpilogueData data(options, shape.batch * volume(shape.out), shape.out_channels, 3);
  GappedRows expected = data.fresh_output();
  reference(shape, in.data() + 1, in_stride, w.data(), data.scale(), expected.data(),
            expected.stride, data.epilogue(expected));
  const Packed packed(shape, w, data.scale());
  for_each_isa([&] {
    for (const auto& pool : test_pools()) {
      GappedRows actual = data.fresh_output();
      packed.run(shape.batch, in.data() + 1, in_stride, actual.data(), actual.stride,
                 data.epilogue(actual), *pool);
      expect_near(actual, expected, rounding * chain_tolerance(inner));
    }
  });
}

}  // namespace weir::kernels
