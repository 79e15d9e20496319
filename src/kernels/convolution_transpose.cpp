#include "kernels/convolution_transpose.h"

#include <algorithm>

#include "kernels/image_rows.h"
#include "kernels/product.h"

// The output pixels whose positions have the same remainder modulo the stride (a phase) see the
// same kernel elements, so each phase is an ordinary convolution with those elements and stride 1
// in the input, written to every stride-th output pixel. Nothing is multiplied with the zeros that
// a stride would put between input pixels, and every output is one chain of sums.
namespace weir::kernels {
namespace {

/// Along one axis: output position = remainder + j * stride sees the kernel elements
/// tap = first_tap + i * tap_step, i < taps, at input position j + first_shift - i * shift_step.
struct AxisPhase {
  std::size_t remainder;
  std::size_t outputs;
  std::size_t first_tap = 0;
  std::size_t tap_step = 1;
  std::size_t taps = 0;
  std::ptrdiff_t first_shift = 0;
  std::ptrdiff_t shift_step = 0;

  std::size_t tap(std::size_t i) const { return first_tap + i * tap_step; }
  std::ptrdiff_t input(std::size_t j, std::size_t i) const {
    return static_cast<std::ptrdiff_t>(j) + first_shift -
           static_cast<std::ptrdiff_t>(i) * shift_step;
  }
  /// Every output position sees the input position of its number, and no other.
  bool is_identity() const { return taps == 1 && first_shift == 0; }
};

AxisPhase axis_phase(const ConvolutionTransposeShape& shape, std::size_t axis,
                     std::size_t remainder) {
  const Window& w = shape.window;
  const std::size_t stride = w.stride[axis];
  const std::size_t out = shape.out[axis];
  AxisPhase phase{.remainder = remainder,
                  .outputs = out > remainder ? (out - remainder - 1) / stride + 1 : 0};
  const auto hits = [&](std::size_t tap) {
    return (remainder + w.pad_before[axis]) % stride == tap * w.dilation[axis] % stride;
  };
  for (std::size_t tap = 0; tap < w.kernel[axis]; ++tap) {
    if (!hits(tap)) continue;
    if (phase.taps == 0) phase.first_tap = tap;
    if (phase.taps == 1) phase.tap_step = tap - phase.first_tap;
    ++phase.taps;
  }
  const auto position = static_cast<std::ptrdiff_t>(remainder + w.pad_before[axis]);
  phase.first_shift = (position - static_cast<std::ptrdiff_t>(phase.first_tap * w.dilation[axis])) /
                      static_cast<std::ptrdiff_t>(stride);
  phase.shift_step = static_cast<std::ptrdiff_t>(phase.tap_step * w.dilation[axis] / stride);
  return phase;
}

struct Phase {
  AxisPhase axes[3];

  std::size_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  Extent outputs() const { return {axes[0].outputs, axes[1].outputs, axes[2].outputs}; }
};

template <typename Visit>
void for_phases(const ConvolutionTransposeShape& shape, const Visit& visit) {
  const Extent& stride = shape.window.stride;
  for (std::size_t i = 0; i < volume(stride); ++i) {
    visit(Phase{{axis_phase(shape, 0, i / (stride[1] * stride[2])),
                 axis_phase(shape, 1, i / stride[2] % stride[1]),
                 axis_phase(shape, 2, i % stride[2])}});
  }
}

ProductShape product_shape(const ConvolutionTransposeShape& shape, const Phase& phase) {
  return {1, shape.batch * volume(phase.outputs()), phase.taps() * shape.in_channels,
          shape.out_channels};
}

/// Calls visit(z, y, x), the indices into each axis's taps, in the order of the packed rows.
template <typename Visit>
void for_taps(const Phase& phase, const Visit& visit) {
  for (std::size_t z = 0; z < phase.axes[0].taps; ++z) {
    for (std::size_t y = 0; y < phase.axes[1].taps; ++y) {
      for (std::size_t x = 0; x < phase.axes[2].taps; ++x) visit(z, y, x);
    }
  }
}

class PhaseRows final : public ProductRows {
 public:
  PhaseRows(const ConvolutionTransposeShape& shape, const Phase& phase, const ImageView& image,
            std::size_t out_stride)
      : shape_(shape),
        phase_(phase),
        outputs_(phase.outputs()),
        image_(image),
        out_stride_(out_stride),
        in_place_(std::ranges::all_of(phase.axes, &AxisPhase::is_identity) &&
                  outputs_ == shape.in) {}

  StridedRows read(const Block& block, float* room) const override {
    if (in_place_) {
      return {image_.data + block.row * image_.stride + block.inner, image_.stride};
    }
    PixelCursor out(outputs_, block.row);
    for (std::size_t r = 0; r < block.rows; ++r, out.advance()) {
      gather_row(block, out, room + r * kGatherStride);
    }
    return {room, kGatherStride};
  }

  void place(const Block& block, std::size_t* offsets) const override {
    PixelCursor out(outputs_, block.row);
    for (std::size_t r = 0; r < block.rows; ++r, out.advance()) {
      const std::size_t z = out_position(0, out.z);
      const std::size_t y = out_position(1, out.y);
      const std::size_t x = out_position(2, out.x);
      const std::size_t line = (out.batch * shape_.out[0] + z) * shape_.out[1] + y;
      offsets[r] = (line * shape_.out[2] + x) * out_stride_;
    }
  }

 private:
  std::size_t out_position(std::size_t axis, std::size_t j) const {
    return phase_.axes[axis].remainder + j * shape_.window.stride[axis];
  }

  void gather_row(const Block& block, const PixelCursor& out, float* to) const {
    const auto& [z, y, x] = phase_.axes;
    const std::size_t channels = shape_.in_channels;
    const std::size_t end = block.inner + block.count;
    for (std::size_t k = block.inner; k < end;) {
      const std::size_t tap = k / channels;
      const std::size_t skip = k - tap * channels;
      const std::size_t count = std::min(channels - skip, end - k);
      const PixelRun pixels{.batch = out.batch,
                            .z = z.input(out.z, tap / x.taps / y.taps),
                            .y = y.input(out.y, tap / x.taps % y.taps),
                            .x = x.input(out.x, tap % x.taps),
                            .pixels = 1};
      copy_pixels(image_, pixels, {skip, count}, to);
      k += count;
      to += count;
    }
  }

  const ConvolutionTransposeShape& shape_;
  const Phase& phase_;
  Extent outputs_;
  ImageView image_;
  std::size_t out_stride_;
  bool in_place_;  ///< A row is one pixel of the image, and the rows are all of them in order.
};

}  // namespace

std::size_t packed_convolution_transpose_bytes(const ConvolutionTransposeShape& shape) {
  return packed_product_floats(volume(shape.window.kernel) * shape.in_channels,
                               shape.out_channels) *
         sizeof(float);
}

void pack_convolution_transpose(const ConvolutionTransposeShape& shape, const float* weights,
                                const float* scale, float* packed) {
  const Extent& kernel = shape.window.kernel;
  for_phases(shape, [&](const Phase& phase) {
    const ProductShape product = product_shape(shape, phase);
    std::size_t row = 0;
    for_taps(phase, [&](std::size_t z, std::size_t y, std::size_t x) {
      const std::size_t tap =
          (phase.axes[0].tap(z) * kernel[1] + phase.axes[1].tap(y)) * kernel[2] +
          phase.axes[2].tap(x);
      const StridedMatrix w{weights + tap * shape.out_channels * shape.in_channels, 1,
                            shape.in_channels};
      pack_product_rows(w, scale, row, shape.in_channels, product, packed);
      row += shape.in_channels;
    });
    packed += packed_product_floats(product.inner, product.columns);
  });
}

std::size_t convolution_transpose_scratch_bytes(const ConvolutionTransposeShape& shape,
                                                std::size_t threads) {
  return product_scratch_bytes(shape.batch * volume(shape.out), threads);
}

void convolution_transpose(const ConvolutionTransposeShape& shape, const float* in,
                           std::size_t in_stride, const float* packed, float* out,
                           std::size_t out_stride, const Epilogue& epilogue, std::byte* scratch,
                           const ThreadPool& pool) {
  const ImageView image{in, shape.in, in_stride, shape.in_channels};
  for_phases(shape, [&](const Phase& phase) {
    const ProductShape p = product_shape(shape, phase);
    product(p, PhaseRows(shape, phase, image, out_stride), packed, out, epilogue, scratch, pool);
    packed += packed_product_floats(p.inner, p.columns);
  });
}

}  // namespace weir::kernels
