#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/unary.h"
#include "kernels/window.h"

namespace weir::kernels {

/// A transposed convolution: input pixel i adds its product with kernel element k to output pixel
/// i * stride + k * dilation - pad_before along each axis; what falls outside the output is
/// dropped.
struct ConvolutionTransposeShape {
  std::size_t batch = 1;
  Extent in = kOnes;
  Extent out = kOnes;
  std::size_t in_channels = 1;
  std::size_t out_channels = 1;
  Window window;
};

/// Bytes that `pack_convolution_transpose` writes. Neither they nor the packed layout depend on the
/// batch or the image size; the layout does depend on the whole window, `pad_before` included.
std::size_t packed_convolution_transpose_bytes(const ConvolutionTransposeShape& shape);

/// Lays out weights given as Keras keeps them, (kd, kh, kw, out_channels, in_channels), multiplied
/// by `scale` of their output channel unless that is null. `packed` is aligned to kAlignment.
void pack_convolution_transpose(const ConvolutionTransposeShape& shape, const float* weights,
                                const float* scale, float* packed);

/// Bytes of scratch, aligned to kAlignment, that `convolution_transpose` needs with a pool of
/// `threads`: at most 128 KiB a thread.
std::size_t convolution_transpose_scratch_bytes(const ConvolutionTransposeShape& shape,
                                                std::size_t threads);

/// out = activation(transposed convolution(in) + bias + residual). Pixel strides, aliasing and
/// guarantees are those of `convolution`.
void convolution_transpose(const ConvolutionTransposeShape& shape, const float* in,
                           std::size_t in_stride, const float* packed, float* out,
                           std::size_t out_stride, const Epilogue& epilogue, std::byte* scratch,
                           const ThreadPool& pool);

}  // namespace weir::kernels
