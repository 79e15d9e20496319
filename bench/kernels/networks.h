#pragma once

#include <cstddef>
#include <span>

namespace weir::bench {

enum class LayerKind { kConvolution, kDepthwise, kTranspose };

/// One shape of layer: a square kernel over a square image of one sample.
struct Layer {
  LayerKind kind;
  std::size_t in, size, kernel, stride, out;  ///< `size` is that of the result.
};

struct Network {
  const char* name;
  std::span<const Layer> layers;  ///< Each shape once.
};

std::span<const Network> networks();

}  // namespace weir::bench
