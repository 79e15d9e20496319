#pragma once

#include <algorithm>
#include <cstddef>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/convolution.h"
#include "kernels/product.h"

/// How the parts of a Winograd convolution lie in memory; see winograd.h.
namespace weir::kernels {

inline constexpr std::size_t kWinogradOutputs = 4;  ///< Of a tile, in each direction.
inline constexpr std::size_t kWinogradInputs = 6;
inline constexpr std::size_t kWinogradPositions = kWinogradInputs * kWinogradInputs;
/// Their transformed inputs stay in a second-level cache (with more than 256 channels: a third),
/// while all weights pass by once: 56 is as many as hide the time that takes.
inline constexpr std::size_t kWinogradBlock = 56;
/// Panels that are multiplied and transformed back together, at most.
inline constexpr std::size_t kWinogradStripe = 2;

/// The tiles of a batch of images, row by row.
struct WinogradTiles {
  explicit WinogradTiles(const ConvolutionShape& shape)
      : rows((shape.out[1] + kWinogradOutputs - 1) / kWinogradOutputs),
        columns((shape.out[2] + kWinogradOutputs - 1) / kWinogradOutputs),
        count(shape.batch * rows * columns) {}

  std::size_t rows;
  std::size_t columns;
  std::size_t count;
};

/// The transformed inputs of a block of tiles: for each position a matrix (tile x channel), as
/// blocks of kBlockInner channels whose rows lie kGatherStride apart, as the product's tiles want
/// it. Matrices of few channels share their rows.
class WinogradInputs {
 public:
  explicit WinogradInputs(std::size_t channels)
      : channels_(channels),
        per_slab_(std::max<std::size_t>(1, kBlockInner / channels)),
        slabs_per_position_((channels + kBlockInner - 1) / kBlockInner) {}

  std::size_t floats() const {
    const std::size_t slabs = channels_ <= kBlockInner
                                  ? (kWinogradPositions + per_slab_ - 1) / per_slab_
                                  : kWinogradPositions * slabs_per_position_;
    return slabs * kSlab;
  }

  /// Of the first tile's first channel; those of the other tiles follow kGatherStride apart.
  std::size_t position_offset(std::size_t position) const {
    if (channels_ > kBlockInner) return position * slabs_per_position_ * kSlab;
    return position / per_slab_ * kSlab + position % per_slab_ * channels_;
  }

  /// From the first channel to another.
  static std::size_t channel_offset(std::size_t channel) {
    return channel / kBlockInner * kSlab + channel % kBlockInner;
  }

 private:
  static constexpr std::size_t kSlab = kWinogradBlock * kGatherStride;

  std::size_t channels_;
  std::size_t per_slab_;
  std::size_t slabs_per_position_;
};

/// What the scratch holds: a pixel of zeros, the transformed inputs, and for each thread the
/// products of a stripe. Offsets in floats.
struct WinogradScratch {
  WinogradScratch(const ConvolutionShape& shape, std::size_t threads)
      : inputs(align_up(shape.in_channels, kAlignment / sizeof(float))),
        products(inputs + WinogradInputs(shape.in_channels).floats()),
        floats(products + threads * kProducts) {}

  /// Floats of the products of one thread.
  static constexpr std::size_t kProducts =
      kWinogradPositions * kWinogradBlock * kWinogradStripe * kPanelColumns;

  std::size_t inputs;
  std::size_t products;
  std::size_t floats;
};

}  // namespace weir::kernels
