#include "kernels/convolution.h"

#include "kernels/image_rows.h"
#include "kernels/matmul.h"
#include "kernels/product.h"

namespace weir::kernels {
namespace {

ProductShape product_shape(const ConvolutionShape& shape) {
  return {shape.groups, shape.batch * volume(shape.out),
          volume(shape.window.kernel) * (shape.in_channels / shape.groups),
          shape.out_channels / shape.groups};
}

/// The windows of a convolution as the rows of a product. Elements of a row are ordered kd, kh, kw,
/// channel; where the elements of all kw lie side by side in the image too, they are one run.
class WindowRows final : public ProductRows {
 public:
  WindowRows(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
             std::size_t out_stride)
      : shape_(shape),
        in_(in),
        in_stride_(in_stride),
        out_stride_(out_stride),
        channels_(shape.in_channels / shape.groups),
        taps_per_run_(
            channels_ == in_stride && shape.window.dilation[2] == 1 ? shape.window.kernel[2] : 1) {}

  void gather(const Block& block, float* gathered) const override {
    PixelCursor out(shape_.out, block.row);
    for (std::size_t r = 0; r < block.rows; ++r, out.advance(), gathered += kGatherStride) {
      gather_row(block, out, gathered);
    }
  }

  void place(const Block& block, std::size_t* offsets) const override {
    for (std::size_t r = 0; r < block.rows; ++r) offsets[r] = (block.row + r) * out_stride_;
  }

 private:
  void gather_row(const Block& block, const PixelCursor& out, float* to) const {
    const Window& w = shape_.window;
    const std::size_t run = taps_per_run_ * channels_;
    const std::size_t end = block.inner + block.count;
    for (std::size_t k = block.inner; k < end;) {
      const std::size_t index = k / run;
      const std::size_t skip = k - index * run;
      const std::size_t count = std::min(run - skip, end - k);
      const std::size_t tap = index * taps_per_run_;
      const std::size_t x_tap = tap % w.kernel[2];
      const std::size_t y_tap = tap / w.kernel[2] % w.kernel[1];
      const std::size_t z_tap = tap / w.kernel[2] / w.kernel[1];
      const PixelRun pixels{.batch = out.batch,
                            .z = input_position(w, 0, out.z, z_tap),
                            .y = input_position(w, 1, out.y, y_tap),
                            .x = input_position(w, 2, out.x, x_tap),
                            .pixels = taps_per_run_};
      const ImageView image{in_ + block.group * channels_, shape_.in, in_stride_, channels_};
      copy_pixels(image, pixels, {skip, count}, to);
      k += count;
      to += count;
    }
  }

  const ConvolutionShape& shape_;
  const float* in_;
  std::size_t in_stride_;
  std::size_t out_stride_;
  std::size_t channels_;
  std::size_t taps_per_run_;
};

}  // namespace

ConvolutionAlgorithm choose_convolution(const ConvolutionShape& shape) {
  const Window& w = shape.window;
  const bool pixelwise = volume(w.kernel) == 1 && volume(w.stride) == 1 && shape.groups == 1 &&
                         w.pad_before == Extent{0, 0, 0};
  return pixelwise ? ConvolutionAlgorithm::kProduct : ConvolutionAlgorithm::kGather;
}

std::size_t packed_convolution_bytes(const ConvolutionShape& shape) {
  const ProductShape product = product_shape(shape);
  return product.groups * packed_product_floats(product.inner, product.columns) * sizeof(float);
}

void pack_convolution(const ConvolutionShape& shape, const float* weights, const float* scale,
                      float* packed) {
  const ProductShape product = product_shape(shape);
  for (std::size_t group = 0; group < shape.groups; ++group) {
    const std::size_t column = group * product.columns;
    pack_product_rows({weights + column, shape.out_channels, 1},
                      scale == nullptr ? nullptr : scale + column, 0, product.inner, product,
                      packed + group * packed_product_floats(product.inner, product.columns));
  }
}

std::size_t convolution_scratch_bytes(const ConvolutionShape& shape, std::size_t threads) {
  return product_scratch_bytes(shape.batch * volume(shape.out), threads);
}

void convolution(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                 const float* packed, float* out, std::size_t out_stride, const Epilogue& epilogue,
                 std::byte* scratch, const ThreadPool& pool) {
  const ProductShape p = product_shape(shape);
  if (choose_convolution(shape) == ConvolutionAlgorithm::kProduct && shape.in == shape.out) {
    matmul({p.rows, p.inner, p.columns}, in, in_stride, packed, out, out_stride, epilogue, scratch,
           pool);
    return;
  }
  product(p, WindowRows(shape, in, in_stride, out_stride), packed, out, epilogue, scratch, pool);
}

}  // namespace weir::kernels
