#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/convolution.h"

/// Convolutions with a kernel of 3 x 3 by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray,
/// 2015): 36 multiplications make 16 outputs of a pair of channels, instead of 144. The points of
/// interpolation are 0, ±5/8, ±3/2 and infinity, with which the rounding errors are about twice
/// those of the plain sum (with 0, ±1, ±2 about five times).
///
/// Every tile of 4 x 4 outputs is computed by itself, always in the same way: bits do not depend on
/// the batch, an image's place in it or the threads.
namespace weir::kernels {

/// Whether it can do this convolution and is expected to take less time than the plain sum: the
/// channels fill whole panels, and there are enough tiles for each weight (of which there are four
/// times as many) that is read, from a last cache of so many bytes or from memory. The batch does
/// not matter.
bool winograd_pays(const ConvolutionShape& shape, std::uint64_t cache_bytes);

/// Bytes of the packed weights.
std::size_t packed_winograd_bytes(const ConvolutionShape& shape);

/// Packs weights given as for `pack_convolution`. `packed` is aligned to kAlignment.
void pack_winograd(const ConvolutionShape& shape, const float* weights, const float* scale,
                   float* packed);

/// Bytes of scratch, aligned to kAlignment.
std::size_t winograd_scratch_bytes(const ConvolutionShape& shape, std::size_t threads);

/// The same as `convolution`, argument for argument. Allocates nothing.
void winograd(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
              const float* packed, float* out, std::size_t out_stride, const Epilogue& epilogue,
              std::byte* scratch, const ThreadPool& pool);

}  // namespace weir::kernels
