#include "kernels/convolution.h"

#include <array>
#include <span>

#include "kernels/image_rows.h"
#include "kernels/matmul.h"
#include "kernels/product.h"

namespace weir::kernels {
namespace {

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
            channels_ == in_stride && shape.window.dilation[2] == 1 ? shape.window.kernel[2] : 1),
        whole_{whole_windows(shape.window, 0, shape.in[0]),
               whole_windows(shape.window, 1, shape.in[1]),
               whole_windows(shape.window, 2, shape.in[2])},
        in_place_(can_be_in_place()) {}

  // The windows of a line that lie inside the image are a block, and what is between the last of a
  // line and the first of the next.
  std::size_t block_rows(std::size_t row, std::size_t rows) const override {
    if (!in_place_) return ProductRows::block_rows(row, rows);
    const PixelCursor out(shape_.out, row);
    const std::size_t width = shape_.out[2];
    const auto [first, last] = whole_[2];
    std::size_t end = width;
    if (is_whole_line(out)) end = out.x < first ? first : out.x < last ? last : width + first;
    return ProductRows::block_rows(row, std::min(end - out.x, rows));
  }

  std::size_t block_inner(const Block& block) const override {
    return is_in_place(block) ? kInPlaceInner : kBlockInner;
  }

  StridedRows read(const Block& block, float* room) const override {
    if (is_in_place(block)) return rows_in_place(block);
    std::array<Run, kBlockInner> runs;
    const std::size_t count = list_runs(block, runs);
    const ImageView image{in_ + block.group * channels_, shape_.in, in_stride_, channels_};
    PixelCursor out(shape_.out, block.row);
    for (std::size_t r = 0; r < block.rows; ++r, out.advance()) {
      gather_row(image, out, {runs.data(), count}, room + r * kGatherStride);
    }
    return {room, kGatherStride};
  }

  void place(const Block& block, std::size_t* offsets) const override {
    for (std::size_t r = 0; r < block.rows; ++r) offsets[r] = (block.row + r) * out_stride_;
  }

 private:
  /// Elements of a window that lie side by side in the image.
  struct Run {
    Extent tap;          ///< The window's element that the run starts in.
    RunPart part;        ///< What of it belongs to the block.
    std::size_t offset;  ///< From the window's first pixel, in floats.
  };

  /// Whether the elements of a row are few enough runs at a constant distance, and the lines long
  /// enough: short blocks read the weights more often.
  bool can_be_in_place() const {
    constexpr std::size_t kLeastWidth = 24;
    const Extent& kernel = shape_.window.kernel;
    return whole_[2].end >= whole_[2].begin + kLeastWidth && whole_[2].end <= shape_.out[2] &&
           shape_.groups == 1 && volume(kernel) * channels_ <= kInPlaceInner && kernel[0] == 1 &&
           (taps_per_run_ == kernel[2] || kernel[1] == 1);
  }

  bool is_whole_line(const PixelCursor& out) const {
    return whole_[0].has(out.z) && whole_[1].has(out.y);
  }

  bool is_in_place(const Block& block) const {
    if (!in_place_) return false;
    const PixelCursor first(shape_.out, block.row);
    return is_whole_line(first) && whole_[2].has(first.x) &&
           whole_[2].has(first.x + block.rows - 1);
  }

  StridedRows rows_in_place(const Block& block) const {
    const Window& w = shape_.window;
    const ImageView image{in_, shape_.in, in_stride_, channels_};
    const PixelCursor out(shape_.out, block.row);
    const bool by_line = taps_per_run_ == w.kernel[2];
    return {.first = image.pixel(out.batch, input_position(w, 0, out.z, 0),
                                 input_position(w, 1, out.y, 0), input_position(w, 2, out.x, 0)),
            .stride = w.stride[2] * in_stride_,
            .runs = by_line ? w.kernel[1] : w.kernel[2],
            .jump = (by_line ? w.dilation[1] * shape_.in[2] : w.dilation[2]) * in_stride_};
  }

  /// The runs of a block; returns how many.
  std::size_t list_runs(const Block& block, std::array<Run, kBlockInner>& runs) const {
    const Window& w = shape_.window;
    const std::size_t length = taps_per_run_ * channels_;
    const std::size_t end = block.inner + block.count;
    std::size_t count = 0;
    for (std::size_t k = block.inner; k < end; ++count) {
      const std::size_t first = k / length * taps_per_run_;
      const std::size_t begin = k % length;
      const std::size_t line = first / w.kernel[2];
      const Extent tap = {line / w.kernel[1], line % w.kernel[1], first % w.kernel[2]};
      const std::size_t lines = tap[0] * w.dilation[0] * shape_.in[1] + tap[1] * w.dilation[1];
      const std::size_t pixels = lines * shape_.in[2] + tap[2] * w.dilation[2];
      runs[count] = {tap, {begin, std::min(length - begin, end - k)}, pixels * in_stride_ + begin};
      k += runs[count].part.count;
    }
    return count;
  }

  void gather_row(const ImageView& image, const PixelCursor& out, std::span<const Run> runs,
                  float* to) const {
    const Window& w = shape_.window;
    const std::ptrdiff_t z = input_position(w, 0, out.z, 0);
    const std::ptrdiff_t y = input_position(w, 1, out.y, 0);
    const std::ptrdiff_t x = input_position(w, 2, out.x, 0);
    const bool whole = whole_[0].has(out.z) && whole_[1].has(out.y) && whole_[2].has(out.x);
    const float* window = whole ? image.pixel(out.batch, z, y, x) : nullptr;
    for (const Run& run : runs) {
      if (whole) {
        copy_floats(window + run.offset, run.part.count, to);
      } else {
        copy_pixels(image,
                    {.batch = out.batch,
                     .z = z + signed_product(run.tap[0], w.dilation[0]),
                     .y = y + signed_product(run.tap[1], w.dilation[1]),
                     .x = x + signed_product(run.tap[2], w.dilation[2]),
                     .pixels = taps_per_run_},
                    run.part, to);
      }
      to += run.part.count;
    }
  }

  const ConvolutionShape& shape_;
  const float* in_;
  std::size_t in_stride_;
  std::size_t out_stride_;
  std::size_t channels_;
  std::size_t taps_per_run_;
  std::array<Range, 3> whole_;  ///< The outputs whose windows lie inside the image, by axis.
  bool in_place_;               ///< The windows of a line are read where they lie.
};

/// Whether the pixels, as they lie, are the rows of the product.
bool is_matmul(const ConvolutionShape& shape) {
  return choose_convolution(shape) == ConvolutionAlgorithm::kProduct && shape.in == shape.out;
}

}  // namespace

ProductShape product_shape(const ConvolutionShape& shape) {
  return {shape.groups, shape.batch * volume(shape.out),
          volume(shape.window.kernel) * (shape.in_channels / shape.groups),
          shape.out_channels / shape.groups};
}

ConvolutionAlgorithm choose_convolution(const ConvolutionShape& shape) {
  const Window& w = shape.window;
  const bool pixelwise = volume(w.kernel) == 1 && volume(w.stride) == 1 && shape.groups == 1 &&
                         w.pad_before == Extent{0, 0, 0};
  return pixelwise ? ConvolutionAlgorithm::kProduct : ConvolutionAlgorithm::kGather;
}

std::size_t packed_convolution_bytes(const ConvolutionShape& shape) {
  const ProductShape product = product_shape(shape);
  return product.groups * packed_product_bytes(product.inner, product.columns);
}

std::size_t convolution_kernel_rows(const ConvolutionShape& shape) {
  return product_shape(shape).inner;
}

void pack_convolution(const ConvolutionShape& shape, const float* weights, const float* scale,
                      float* packed) {
  pack_convolution_rows(shape, weights, scale, 0, convolution_kernel_rows(shape), packed);
}

void pack_convolution_rows(const ConvolutionShape& shape, const float* weights, const float* scale,
                           std::size_t first, std::size_t rows, float* packed) {
  const ProductShape product = product_shape(shape);
  for (std::size_t group = 0; group < shape.groups; ++group) {
    const std::size_t column = group * product.columns;
    pack_product_rows({weights + column, shape.out_channels, 1},
                      scale == nullptr ? nullptr : scale + column, first, rows, product,
                      packed + group * packed_product_floats(product.inner, product.columns));
  }
}

void scale_convolution(const ConvolutionShape& shape, const float* packed, const float* scale,
                       float* scaled) {
  scale_product_rows(product_shape(shape), packed, scale, scaled);
}

std::size_t convolution_scratch_bytes(const ConvolutionShape& shape, std::size_t threads,
                                      DType weights) {
  const ProductShape product = product_shape(shape);
  const std::size_t decoding = decoding_bytes(product.inner, product.columns, weights, threads);
  if (is_matmul(shape)) return decoding;
  return decoding + product_scratch_bytes(shape.batch * volume(shape.out), threads);
}

void convolution(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                 const Panels& weights, float* out, std::size_t out_stride,
                 const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool) {
  const ProductShape p = product_shape(shape);
  if (is_matmul(shape)) {
    matmul({p.rows, p.inner, p.columns}, in, in_stride, weights, out, out_stride, epilogue, pool,
           scratch);
    return;
  }
  product(p, WindowRows(shape, in, in_stride, out_stride), weights, out, epilogue, scratch, pool);
}

}  // namespace weir::kernels
