#include "kernels/winograd.h"

#include <array>

#include "kernels/winograd_layout.h"

namespace weir::kernels {
namespace {

// Below, the transforms cost as much as the multiplications that are saved.
constexpr std::size_t kLeastChannels = 32;
// A weight is used once for each tile: with fewer tiles, reading four times as many takes longer.
constexpr std::size_t kLeastTiles = 12;
// Where they are more than the last cache holds, each image reads them from memory: with fewer
// tiles, what is saved is not worth four times the memory for a network's largest convolutions.
constexpr std::size_t kLeastTilesFromMemory = 32;
constexpr std::size_t kTaps = 3;

using Kernel = std::array<std::array<double, kTaps>, kTaps>;

/// The values of a quadratic with these coefficients at the six points, divided by the products of
/// the distances between the points.
std::array<double, kWinogradInputs> transform_taps(double t0, double t1, double t2) {
  constexpr double kA = 0.625;
  constexpr double kB = 1.5;
  constexpr double kAA = kA * kA;
  constexpr double kBB = kB * kB;
  constexpr double kAtA = 1 / (2 * kAA * (kAA - kBB));
  constexpr double kAtB = 1 / (2 * kBB * (kBB - kAA));
  return {t0 / (kAA * kBB),
          (t0 + kA * t1 + kAA * t2) * kAtA,
          (t0 - kA * t1 + kAA * t2) * kAtA,
          (t0 + kB * t1 + kBB * t2) * kAtB,
          (t0 - kB * t1 + kBB * t2) * kAtB,
          t2};
}

/// Writes the 36 transformed values of a kernel, `stride` floats apart.
void transform_kernel(const Kernel& kernel, std::size_t stride, float* to) {
  std::array<std::array<double, kWinogradInputs>, kTaps> rows;
  for (std::size_t y = 0; y < kTaps; ++y) {
    rows[y] = transform_taps(kernel[y][0], kernel[y][1], kernel[y][2]);
  }
  for (std::size_t x = 0; x < kWinogradInputs; ++x) {
    const auto column = transform_taps(rows[0][x], rows[1][x], rows[2][x]);
    for (std::size_t y = 0; y < kWinogradInputs; ++y) {
      to[(y * kWinogradInputs + x) * stride] = static_cast<float>(column[y]);
    }
  }
}

bool slides_by_three(const ConvolutionShape& shape) {
  const Window& w = shape.window;
  return w.kernel == Extent{1, kTaps, kTaps} && w.stride == kOnes && w.dilation == kOnes &&
         shape.in[0] == 1 && shape.out[0] == 1 && shape.groups == 1;
}

}  // namespace

bool winograd_pays(const ConvolutionShape& shape, std::uint64_t cache_bytes) {
  const bool whole_panels =
      shape.in_channels % kPanelColumns == 0 && shape.out_channels % kPanelColumns == 0;
  const bool many = std::min(shape.in_channels, shape.out_channels) >= kLeastChannels;
  if (!slides_by_three(shape) || !whole_panels || !many) return false;
  const WinogradTiles grid(shape);
  const std::size_t tiles = grid.rows * grid.columns;
  // Half-empty tiles at the edges are computed whole.
  const std::size_t multiplied = tiles * kWinogradPositions;
  const std::size_t plain = volume(shape.out) * kTaps * kTaps;
  const std::size_t least =
      packed_winograd_bytes(shape) > cache_bytes ? kLeastTilesFromMemory : kLeastTiles;
  return tiles >= least && 2 * multiplied <= plain;
}

std::size_t packed_winograd_bytes(const ConvolutionShape& shape) {
  return packed_product_floats(kWinogradPositions * shape.in_channels, shape.out_channels) *
         sizeof(float);
}

void pack_winograd(const ConvolutionShape& shape, const float* weights, const float* scale,
                   float* packed) {
  const std::size_t inputs = shape.in_channels;
  const std::size_t outputs = shape.out_channels;
  for (std::size_t out = 0; out < outputs; ++out) {
    const double factor = scale == nullptr ? 1.0 : scale[out];
    float* panel = packed + out / kPanelColumns * kWinogradPositions * inputs * kPanelColumns +
                   out % kPanelColumns;
    for (std::size_t in = 0; in < inputs; ++in) {
      Kernel kernel;
      for (std::size_t tap = 0; tap < kTaps * kTaps; ++tap) {
        kernel[tap / kTaps][tap % kTaps] = factor * weights[(tap * inputs + in) * outputs + out];
      }
      transform_kernel(kernel, inputs * kPanelColumns, panel + in * kPanelColumns);
    }
  }
}

std::size_t winograd_scratch_bytes(const ConvolutionShape& shape, std::size_t threads) {
  return WinogradScratch(shape, threads).floats * sizeof(float);
}

}  // namespace weir::kernels
