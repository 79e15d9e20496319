#include "kernels/depthwise.h"

#include <algorithm>

#include "kernels/image_rows.h"
#include "kernels/simd/unroll.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/depthwise.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

#include "kernels/simd/activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {

/// Lines are shared out among threads in parts of so many pixels.
inline constexpr std::size_t kLinePart = 64;

struct Depthwise;
struct PixelTile;

using TileFunction = void (*)(const Depthwise&, const PixelTile&);

/// The functions for tiles of 8, 4 and 1 pixels.
struct TileFunctions {
  TileFunction eight, four, one;
};

/// One call.
struct Depthwise {
  const DepthwiseShape& shape;
  const float* in;
  std::size_t in_stride;
  const float* packed;
  std::size_t packed_stride;  ///< From the weights of one tap to the next.
  float* out;
  std::size_t out_stride;
  const Epilogue& epilogue;
  Activation activation;
  TileFunctions whole;    ///< For pixels whose windows lie between the image's left and right, …
  TileFunctions clipped;  ///< … and for the others.
};

/// Neighbouring output pixels that see the same part of the window.
struct PixelTile {
  const float* in;    ///< The first channel that the first pixel sees through the first tap.
  std::size_t first;  ///< The output pixel, counted from the first of the batch.
  Range taps[3];      ///< The part of the window that is inside the image.
};

/// Loads the inputs of neighbouring output channels.
template <class D, bool kMultiplied>
class ChannelLoader {
 public:
  ChannelLoader(D d, std::size_t channel, std::size_t multiplier) : channel_(channel / multiplier) {
    if constexpr (kMultiplied) {
      HWY_ALIGN std::int32_t index[hn::MaxLanes(d)];
      for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
        index[i] = static_cast<std::int32_t>((channel + i) / multiplier - channel_);
      }
      index_ = hn::Load(hn::RebindToSigned<D>(), index);
    }
  }

  HWY_INLINE hn::Vec<D> operator()(D d, const float* pixel) const {
    if constexpr (kMultiplied) {
      return hn::GatherIndex(d, pixel + channel_, index_);
    } else {
      return hn::LoadU(d, pixel + channel_);
    }
  }

 private:
  std::size_t channel_;
  hn::Vec<hn::RebindToSigned<D>> index_ = hn::Zero(hn::RebindToSigned<D>());
};

template <std::size_t kPixels, class D>
HWY_INLINE void start_sums(D d, const Depthwise& call, std::size_t channel, std::size_t first,
                           hn::Vec<D> (&sums)[kPixels]) {
  const Epilogue& e = call.epilogue;
  const auto bias = e.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, e.bias + channel);
  for (std::size_t p = 0; p < kPixels; ++p) {
    sums[p] = bias;
    if (e.residual != nullptr) {
      const float* residual = e.residual + (first + p) * call.out_stride + channel;
      sums[p] = hn::Add(sums[p], hn::LoadU(d, residual));
    }
  }
}

/// Adds one line of the window: `taps` elements, the first at `pixel` and `weights`.
template <bool kMultiplied>
struct AnyLine {
  using ForRest = AnyLine;  ///< What serves the channels that do not fill a vector.

  template <std::size_t kPixels, class D>
  static HWY_INLINE void add(D d, const Depthwise& call, std::size_t channel, const float* pixel,
                             const float* weights, std::size_t taps, hn::Vec<D> (&sums)[kPixels]) {
    const Window& w = call.shape.window;
    const ChannelLoader<D, kMultiplied> load(d, channel, call.shape.multiplier);
    const std::size_t pixel_step = w.stride[2] * call.in_stride;
    for (std::size_t x = 0; x < taps; ++x) {
      const auto weight = hn::LoadU(d, weights + channel);
      for (std::size_t p = 0; p < kPixels; ++p) {
        sums[p] = hn::MulAdd(load(d, pixel + p * pixel_step), weight, sums[p]);
      }
      pixel += w.dilation[2] * call.in_stride;
      weights += call.packed_stride;
    }
  }
};

/// The same, for a line of kTaps elements of stride and dilation 1: each input is loaded once for
/// all the outputs that see it.
template <std::size_t kTaps>
struct FixedLine {
  using ForRest = AnyLine<false>;

  template <std::size_t kPixels, class D>
  static HWY_INLINE void add(D d, const Depthwise& call, std::size_t channel, const float* pixel,
                             const float* weights, std::size_t /*taps*/,
                             hn::Vec<D> (&sums)[kPixels]) {
    hn::Vec<D> line[kTaps];
    WEIR_UNROLL
    for (std::size_t x = 0; x < kTaps; ++x) {
      line[x] = hn::LoadU(d, weights + x * call.packed_stride + channel);
    }
    WEIR_UNROLL
    for (std::size_t i = 0; i < kPixels - 1 + kTaps; ++i) {
      const auto input = hn::LoadU(d, pixel + i * call.in_stride + channel);
      WEIR_UNROLL
      for (std::size_t p = 0; p < kPixels; ++p) {
        if (i >= p && i < p + kTaps) {
          sums[p] = hn::MulAdd(input, line[i - p], sums[p]);
        }
      }
    }
  }
};

/// A vector of channels of kPixels pixels, in registers through all taps.
template <std::size_t kPixels, class Line, class D>
HWY_INLINE void run_vector(D d, const Depthwise& call, const PixelTile& tile, std::size_t channel) {
  const Window& w = call.shape.window;
  hn::Vec<D> sums[kPixels];
  start_sums(d, call, channel, tile.first, sums);
  const auto& [depth, height, width] = tile.taps;
  for (std::size_t z = depth.begin; z < depth.end; ++z) {
    for (std::size_t y = height.begin; y < height.end; ++y) {
      const std::size_t line =
          (z - depth.begin) * w.dilation[0] * call.shape.in[1] + (y - height.begin) * w.dilation[1];
      const std::size_t tap = (z * w.kernel[1] + y) * w.kernel[2] + width.begin;
      Line::add(d, call, channel, tile.in + line * call.shape.in[2] * call.in_stride,
                call.packed + tap * call.packed_stride, width.end - width.begin, sums);
    }
  }
  const auto low = hn::Set(d, call.activation.low);
  const auto high = hn::Set(d, call.activation.high);
  WEIR_UNROLL
  for (std::size_t p = 0; p < kPixels; ++p) {
    hn::StoreU(hn::Min(high, hn::Max(low, sums[p])), d,
               call.out + (tile.first + p) * call.out_stride + channel);
  }
}

/// The channels from `channel` on, by fours and by ones.
template <std::size_t kPixels, class Line>
HWY_NOINLINE void run_rest(const Depthwise& call, const PixelTile& tile, std::size_t channel) {
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  const std::size_t channels = call.shape.out_channels();
  for (; channel + 4 <= channels; channel += 4) {
    run_vector<kPixels, Line>(d4, call, tile, channel);
  }
  for (; channel < channels; ++channel) run_vector<kPixels, Line>(d1, call, tile, channel);
}

/// All channels of a tile.
template <std::size_t kPixels, class Line>
HWY_NOINLINE void run_tile(const Depthwise& call, const PixelTile& tile) {
  const hn::CappedTag<float, 16> d;
  const std::size_t channels = call.shape.out_channels();
  std::size_t c = 0;
  for (; c + hn::Lanes(d) <= channels; c += hn::Lanes(d)) {
    run_vector<kPixels, Line>(d, call, tile, c);
  }
  if (c < channels) run_rest<kPixels, typename Line::ForRest>(call, tile, c);
  if (!call.activation.needs_pass) return;
  for (std::size_t p = 0; p < kPixels; ++p) {
    float* pixel = call.out + (tile.first + p) * call.out_stride;
    MapUnary(pixel, pixel, channels, call.epilogue.activation);
  }
}

template <class Line>
constexpr TileFunctions functions_of() {
  return {run_tile<8, Line>, run_tile<4, Line>, run_tile<1, Line>};
}

/// The functions for pixels that may see a part of a window's lines only.
TileFunctions any_functions(const DepthwiseShape& shape) {
  return shape.multiplier == 1 ? functions_of<AnyLine<false>>() : functions_of<AnyLine<true>>();
}

/// The functions for pixels that see the whole of a window's lines.
TileFunctions whole_functions(const DepthwiseShape& shape) {
  const Window& w = shape.window;
  const bool dense = shape.multiplier == 1 && w.dilation[2] == 1 && w.stride[2] == 1;
  if (dense && w.kernel[2] == 3) return functions_of<FixedLine<3>>();
  if (dense && w.kernel[2] == 5) return functions_of<FixedLine<5>>();
  return any_functions(shape);
}

/// Where the first pixel of a tile sees through the tile's first tap.
const float* first_seen(const Depthwise& call, std::size_t batch, const Extent& out,
                        const PixelTile& tile) {
  std::size_t pixel = batch;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Range& taps = tile.taps[axis];
    if (taps.begin == taps.end) return nullptr;
    const auto position = input_position(call.shape.window, axis, out[axis], taps.begin);
    pixel = pixel * call.shape.in[axis] + static_cast<std::size_t>(position);
  }
  return call.in + pixel * call.in_stride;
}

/// Runs as many of the `pixels` pixels at the tile's start as a tile takes; returns how many.
std::size_t run_some(const TileFunctions& functions, const Depthwise& call, const PixelTile& tile,
                     std::size_t pixels) {
  if (pixels >= 8) return functions.eight(call, tile), 8;
  if (pixels >= 4) return functions.four(call, tile), 4;
  return functions.one(call, tile), 1;
}

/// The output pixels [begin, end) of a line.
void run_line(const Depthwise& call, const PixelCursor& line, Range pixels) {
  const DepthwiseShape& shape = call.shape;
  const Window& window = shape.window;
  const Range interior = whole_windows(window, 2, shape.in[2]);
  const std::size_t first =
      ((line.batch * shape.out[0] + line.z) * shape.out[1] + line.y) * shape.out[2];
  PixelTile tile{nullptr,
                 0,
                 {valid_taps(window, 0, line.z, shape.in[0]),
                  valid_taps(window, 1, line.y, shape.in[1]),
                  {0, 0}}};
  for (std::size_t x = pixels.begin; x < pixels.end;) {
    const bool whole = x >= interior.begin && x < interior.end;
    tile.taps[2] = valid_taps(window, 2, x, shape.in[2]);
    tile.first = first + x;
    tile.in = first_seen(call, line.batch, {line.z, line.y, x}, tile);
    x += whole ? run_some(call.whole, call, tile, std::min(pixels.end, interior.end) - x)
               : run_some(call.clipped, call, tile, 1);
  }
}

void DepthwiseKernel(const DepthwiseShape& shape, const float* in, std::size_t in_stride,
                     const float* packed, float* out, std::size_t out_stride,
                     const Epilogue& epilogue, const ThreadPool& pool) {
  const Depthwise call{shape,
                       in,
                       in_stride,
                       packed,
                       shape.packed_stride(),
                       out,
                       out_stride,
                       epilogue,
                       activation_of(epilogue.activation),
                       whole_functions(shape),
                       any_functions(shape)};
  const std::size_t width = shape.out[2];
  const std::size_t parts = (width + kLinePart - 1) / kLinePart;
  const std::size_t lines = shape.batch * shape.out[0] * shape.out[1];
  const std::size_t part_work =
      std::min(width, kLinePart) * shape.out_channels() * volume(shape.window.kernel);
  const std::size_t grain = kLeastParallelWork / (part_work + 1) + 1;
  pool.for_ranges(lines * parts, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t x = i % parts * kLinePart;
      run_line(call, PixelCursor(shape.out, i / parts * width),
               {x, std::min(width, x + kLinePart)});
    }
  });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(DepthwiseKernel);

void depthwise(const DepthwiseShape& shape, const float* in, std::size_t in_stride,
               const float* packed, float* out, std::size_t out_stride, const Epilogue& epilogue,
               const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(DepthwiseKernel)
  (shape, in, in_stride, packed, out, out_stride, epilogue, pool);
}

}  // namespace weir::kernels
#endif
