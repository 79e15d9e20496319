#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/product.h"
#include "kernels/unary.h"
#include "kernels/window.h"

namespace weir::kernels {

/// A convolution over images (batch, depth, height, width, channels). Both channel counts are
/// multiples of `groups`.
struct ConvolutionShape {
  std::size_t batch = 1;
  Extent in = kOnes;
  Extent out = kOnes;
  std::size_t in_channels = 1;
  std::size_t out_channels = 1;
  std::size_t groups = 1;
  Window window;
};

/// How a convolution is computed; it decides the layout of the packed weights and the bits of the
/// results.
enum class ConvolutionAlgorithm {
  kProduct,  ///< The pixels are the rows of a product as they lie: kernel 1, stride 1, one group.
  kGather,   ///< Implicit im2col: blocks of windows are gathered into scratch, then multiplied.
};

/// Looks only at the window, the channels and the groups, so that one set of packed weights serves
/// every batch and image size.
ConvolutionAlgorithm choose_convolution(const ConvolutionShape& shape);

/// Bytes that `pack_convolution` writes.
std::size_t packed_convolution_bytes(const ConvolutionShape& shape);

/// Lays out weights given as Keras keeps them, (kd, kh, kw, in_channels / groups, out_channels),
/// multiplied by `scale` of their output channel unless that is null. `packed` is aligned to
/// kAlignment.
void pack_convolution(const ConvolutionShape& shape, const float* weights, const float* scale,
                      float* packed);

/// The weights as rows of `out_channels`, which may be packed in parts.
std::size_t convolution_kernel_rows(const ConvolutionShape& shape);

/// Packs `rows` of these rows, from `first` on, which lie at `weights`.
void pack_convolution_rows(const ConvolutionShape& shape, const float* weights, const float* scale,
                           std::size_t first, std::size_t rows, float* packed);

/// The product that the weights are packed for; its rows are the output's pixels.
ProductShape product_shape(const ConvolutionShape& shape);

/// The packed weights of a convolution that is a product (one group, a window of one pixel) of
/// pixels whose channels are multiplied by `scale` first.
void scale_convolution(const ConvolutionShape& shape, const float* packed, const float* scale,
                       float* scaled);

/// Bytes of scratch, aligned to kAlignment, that `convolution` needs with a pool of `threads`: at
/// most 144 KiB a thread, and as much again for weights that are not kept as floats.
std::size_t convolution_scratch_bytes(const ConvolutionShape& shape, std::size_t threads,
                                      DType weights = DType::kFloat32);

/// out = activation(convolution(in) + bias + residual). A pixel of `in` starts `in_stride` floats
/// after the one before (>= in_channels), a pixel of `out` and of the residual `out_stride` floats
/// (>= out_channels; what lies between is left alone). The residual may be `out` itself; `in` may
/// not overlap it. An output has the same bits whatever the batch, its place in it and the number
/// of threads. Allocates nothing.
void convolution(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                 const Panels& weights, float* out, std::size_t out_stride,
                 const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool);

}  // namespace weir::kernels
