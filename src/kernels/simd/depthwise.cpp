#include "kernels/depthwise.h"

#include <algorithm>
#include <limits>

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

/// Lines are shared out among threads in even parts of at most so many pixels.
inline constexpr std::size_t kLinePart = 64;
/// A multiply-add takes so many times as long as one of a product, which finds its operands in
/// registers.
inline constexpr std::size_t kSlowness = 3;

using VectorTag = hn::CappedTag<float, 16>;

struct Depthwise;
struct PixelTile;

using TileFunction = void (*)(const Depthwise&, const PixelTile&);

/// The functions for tiles of 8, 4 and 1 pixels.
struct TileFunctions {
  TileFunction eight, four, one;
};

/// The functions for tiles of one size, of a window of fixed width.
struct FixedFunctions {
  std::size_t pixels = 0;          ///< 0: there are none for this call.
  TileFunction whole = nullptr;    ///< For tiles whose windows lie between left and right, …
  TileFunction clipped = nullptr;  ///< … and for the others.
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
  TileFunctions any;  ///< For where there are no fixed ones.
  FixedFunctions fixed;
};

/// Neighbouring output pixels that see the same part of the window.
struct PixelTile {
  const float* in;    ///< The first channel that the first pixel sees through the first tap.
  std::size_t first;  ///< The output pixel, counted from the first of the batch.
  Range taps[3];      ///< The part of the window that is inside the image.
  std::uint32_t columns = 0;  ///< Of a fixed window: bits of those that are inside the image.
};

/// Loads the inputs of neighbouring output channels, of which the first is `channel`, from where
/// its own is.
template <class D, bool kMultiplied>
class ChannelLoader {
 public:
  ChannelLoader(D d, std::size_t channel, std::size_t multiplier) {
    if constexpr (kMultiplied) {
      HWY_ALIGN std::int32_t index[hn::MaxLanes(d)];
      for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
        index[i] = static_cast<std::int32_t>((channel % multiplier + i) / multiplier);
      }
      index_ = hn::Load(hn::RebindToSigned<D>(), index);
    }
  }

  HWY_INLINE hn::Vec<D> operator()(D d, const float* first) const {
    if constexpr (kMultiplied) {
      return hn::GatherIndex(d, first, index_);
    } else {
      return hn::LoadU(d, first);
    }
  }

 private:
  hn::Vec<hn::RebindToSigned<D>> index_ = hn::Zero(hn::RebindToSigned<D>());
};

/// A tile as its vectors need it, by value: a vector that is stored may alias anything, so that
/// what lies behind a reference would be read again after each, and a window of 3 x 3 is soon done.
template <std::size_t kPixels, class Line>
class TileVectors {
 public:
  TileVectors(const Depthwise& call, const PixelTile& tile)
      : line_(call, tile),
        in_(tile.in),
        line_step_(call.shape.window.dilation[1] * call.shape.in[2] * call.in_stride),
        plane_step_(call.shape.window.dilation[0] * call.shape.in[1] * call.shape.in[2] *
                    call.in_stride),
        planes_(tile.taps[0].end - tile.taps[0].begin),
        lines_(tile.taps[1].end - tile.taps[1].begin),
        weight_line_step_(call.shape.window.kernel[2] * call.packed_stride),
        weight_plane_step_(call.shape.window.kernel[1] * weight_line_step_),
        weights_(call.packed + tile.taps[0].begin * weight_plane_step_ +
                 tile.taps[1].begin * weight_line_step_ + tile.taps[2].begin * call.packed_stride),
        bias_(call.epilogue.bias),
        residual_(call.epilogue.residual),
        low_(call.activation.low),
        high_(call.activation.high),
        out_(call.out + tile.first * call.out_stride),
        out_step_(call.out_stride) {
    if (residual_ != nullptr) residual_ += tile.first * out_step_;
  }

  /// A vector of channels of all pixels, in registers through all taps.
  template <class D>
  HWY_INLINE void run(D d, std::size_t channel) const {
    hn::Vec<D> sums[kPixels];
    start_sums(d, channel, sums);
    for (std::size_t z = 0; z < planes_; ++z) {
      const float* pixel = in_ + z * plane_step_ + line_.first_channel(channel);
      const float* weights = weights_ + z * weight_plane_step_ + channel;
      for (std::size_t y = 0; y < lines_; ++y) {
        line_.add(d, pixel, channel, weights, sums);
        pixel += line_step_;
        weights += weight_line_step_;
      }
    }
    store_sums(d, channel, sums);
  }

 private:
  template <class D>
  HWY_INLINE void start_sums(D d, std::size_t channel, hn::Vec<D> (&sums)[kPixels]) const {
    const auto bias = bias_ == nullptr ? hn::Zero(d) : hn::LoadU(d, bias_ + channel);
    WEIR_UNROLL
    for (auto& sum : sums) sum = bias;
    if (!Line::kHasResidual || residual_ == nullptr) return;
    const float* residual = residual_ + channel;
    WEIR_UNROLL
    for (auto& sum : sums) {
      sum = hn::Add(sum, hn::LoadU(d, residual));
      residual += out_step_;
    }
  }

  template <class D>
  HWY_INLINE void store_sums(D d, std::size_t channel, const hn::Vec<D> (&sums)[kPixels]) const {
    const auto low = hn::Set(d, low_);
    const auto high = hn::Set(d, high_);
    float* out = out_ + channel;
    WEIR_UNROLL
    for (const auto& sum : sums) {
      hn::StoreU(hn::Min(high, hn::Max(low, sum)), d, out);
      out += out_step_;
    }
  }

  Line line_;
  const float* in_;
  std::size_t line_step_;
  std::size_t plane_step_;
  std::size_t planes_;
  std::size_t lines_;
  std::size_t weight_line_step_;
  std::size_t weight_plane_step_;
  const float* weights_;
  const float* bias_;
  const float* residual_;
  float low_;
  float high_;
  float* out_;
  std::size_t out_step_;
};

/// One line of any window: those of its taps that are inside the image.
template <bool kMultiplied>
class AnyLine {
 public:
  static constexpr bool kHasResidual = true;

  AnyLine(const Depthwise& call, const PixelTile& tile)
      : taps_(tile.taps[2].end - tile.taps[2].begin),
        pixel_step_(call.shape.window.stride[2] * call.in_stride),
        tap_step_(call.shape.window.dilation[2] * call.in_stride),
        weight_step_(call.packed_stride),
        multiplier_(call.shape.multiplier) {}

  /// That which a vector of output channels from `channel` on begins with.
  std::size_t first_channel(std::size_t channel) const {
    return kMultiplied ? channel / multiplier_ : channel;
  }

  template <std::size_t kPixels, class D>
  HWY_INLINE void add(D d, const float* pixel, std::size_t channel, const float* weights,
                      hn::Vec<D> (&sums)[kPixels]) const {
    const ChannelLoader<D, kMultiplied> load(d, channel, multiplier_);
    for (std::size_t x = 0; x < taps_; ++x) {
      const auto weight = hn::LoadU(d, weights);
      const float* input = pixel;
      WEIR_UNROLL
      for (auto& sum : sums) {
        sum = hn::MulAdd(load(d, input), weight, sum);
        input += pixel_step_;
      }
      pixel += tap_step_;
      weights += weight_step_;
    }
  }

 private:
  std::size_t taps_;
  std::size_t pixel_step_;
  std::size_t tap_step_;
  std::size_t weight_step_;
  std::size_t multiplier_;
};

/// The channels from `channel` on, by fours and by ones.
template <std::size_t kPixels, class Line>
HWY_NOINLINE void run_rest(const TileVectors<kPixels, Line>& vectors, std::size_t channel,
                           std::size_t channels) {
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  for (; channel + 4 <= channels; channel += 4) vectors.run(d4, channel);
  for (; channel < channels; ++channel) vectors.run(d1, channel);
}

template <std::size_t kPixels>
void activate(const Depthwise& call, const PixelTile& tile) {
  if (!call.activation.needs_pass) return;
  for (std::size_t p = 0; p < kPixels; ++p) {
    float* pixel = call.out + (tile.first + p) * call.out_stride;
    MapUnary(pixel, pixel, call.shape.out_channels(), call.epilogue.activation);
  }
}

/// All channels of a tile.
template <std::size_t kPixels, class Line>
HWY_NOINLINE void run_tile(const Depthwise& call, const PixelTile& tile) {
  const VectorTag d;
  const TileVectors<kPixels, Line> vectors(call, tile);
  const std::size_t channels = call.shape.out_channels();
  std::size_t c = 0;
  for (; c + hn::Lanes(d) <= channels; c += hn::Lanes(d)) vectors.run(d, c);
  if (c < channels) run_rest(vectors, c, channels);
  activate<kPixels>(call, tile);
}

/// One line of a window that is kTaps elements wide, of dilation 1: each input is loaded once for
/// all the outputs that see it. Of a clipped tile, only some columns are in the image.
template <std::size_t kTaps, std::size_t kStride, bool kClipped>
class FixedLine {
 public:
  static constexpr bool kHasResidual = false;  ///< A tile may be computed twice.

  FixedLine(const Depthwise& call, const PixelTile& tile)
      : columns_(tile.columns), column_step_(call.in_stride), weight_step_(call.packed_stride) {}

  std::size_t first_channel(std::size_t channel) const { return channel; }

  template <std::size_t kPixels, class D>
  HWY_INLINE void add(D d, const float* column, std::size_t /*channel*/, const float* weights,
                      hn::Vec<D> (&sums)[kPixels]) const {
    hn::Vec<D> line[kTaps];
    WEIR_UNROLL
    for (auto& weight : line) {
      weight = hn::LoadU(d, weights);
      weights += weight_step_;
    }
    WEIR_UNROLL
    for (std::size_t i = 0; i < (kPixels - 1) * kStride + kTaps; ++i) {
      if (kClipped && (columns_ >> i & 1U) == 0) continue;
      const auto input = hn::LoadU(d, column);
      column += column_step_;
      WEIR_UNROLL
      for (std::size_t p = 0; p < kPixels; ++p) {
        if (i >= p * kStride && i < p * kStride + kTaps) {
          sums[p] = hn::MulAdd(input, line[i - p * kStride], sums[p]);
        }
      }
    }
  }

 private:
  std::uint32_t columns_;
  std::size_t column_step_;
  std::size_t weight_step_;
};

/// All channels of a tile; the last vector takes some a second time.
template <std::size_t kPixels, class Line>
HWY_NOINLINE void run_overlapping_tile(const Depthwise& call, const PixelTile& tile) {
  const VectorTag d;
  const TileVectors<kPixels, Line> vectors(call, tile);
  const std::size_t last = call.shape.out_channels() - hn::Lanes(d);
  for (std::size_t c = 0; c < last; c += hn::Lanes(d)) vectors.run(d, c);
  vectors.run(d, last);
  activate<kPixels>(call, tile);
}

template <class Line>
constexpr TileFunctions functions_of() {
  return {run_tile<8, Line>, run_tile<4, Line>, run_tile<1, Line>};
}

TileFunctions any_functions(const DepthwiseShape& shape) {
  return shape.multiplier == 1 ? functions_of<AnyLine<false>>() : functions_of<AnyLine<true>>();
}

/// The size of tiles that computes the fewest pixels of a line twice.
std::size_t fixed_pixels(std::size_t width) {
  std::size_t best = 0;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::size_t pixels : {8, 7, 4}) {
    const std::size_t computed = (width + pixels - 1) / pixels * pixels;
    if (pixels > width || computed >= least) continue;
    best = pixels;
    least = computed;
  }
  return best;
}

template <std::size_t kPixels, std::size_t kTaps, std::size_t kStride>
constexpr FixedFunctions fixed_functions() {
  return {kPixels, run_overlapping_tile<kPixels, FixedLine<kTaps, kStride, false>>,
          run_overlapping_tile<kPixels, FixedLine<kTaps, kStride, true>>};
}

template <std::size_t kTaps, std::size_t kStride>
FixedFunctions fixed_functions(std::size_t pixels) {
  if (pixels == 8) return fixed_functions<8, kTaps, kStride>();
  if (pixels == 7) return fixed_functions<7, kTaps, kStride>();
  return fixed_functions<4, kTaps, kStride>();
}

template <std::size_t kTaps>
FixedFunctions fixed_functions(std::size_t stride, std::size_t pixels) {
  if (stride == 1) return fixed_functions<kTaps, 1>(pixels);
  if (stride == 2) return fixed_functions<kTaps, 2>(pixels);
  return {};
}

/// A residual may lie where the outputs do, which then cannot be computed twice.
FixedFunctions fixed_functions(const DepthwiseShape& shape, const Epilogue& epilogue) {
  const Window& w = shape.window;
  const std::size_t parts = (shape.out[2] + kLinePart - 1) / kLinePart;
  const std::size_t pixels = fixed_pixels(shape.out[2] / std::max<std::size_t>(parts, 1));
  const bool fits = shape.multiplier == 1 && w.dilation[2] == 1 && pixels > 0 &&
                    shape.channels >= hn::Lanes(VectorTag()) && epilogue.residual == nullptr;
  if (!fits) return {};
  if (w.kernel[2] == 3) return fixed_functions<3>(w.stride[2], pixels);
  if (w.kernel[2] == 5) return fixed_functions<5>(w.stride[2], pixels);
  if (w.kernel[2] == 7) return fixed_functions<7>(w.stride[2], pixels);
  return {};
}

/// The start of the first input line that the tile sees, in pixels from the first of the batch; any
/// where it sees none, for then nothing is read.
std::size_t first_line_seen(const Depthwise& call, const PixelCursor& line, const PixelTile& tile) {
  const Extent out{line.z, line.y, 0};
  std::size_t index = line.batch;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (tile.taps[axis].begin >= tile.taps[axis].end) return 0;
    const auto position = input_position(call.shape.window, axis, out[axis], tile.taps[axis].begin);
    index = index * call.shape.in[axis] + static_cast<std::size_t>(position);
  }
  return index * call.shape.in[2];
}

/// Runs as many of the `pixels` pixels at the tile's start as a tile takes; returns how many.
std::size_t run_some(const TileFunctions& functions, const Depthwise& call, const PixelTile& tile,
                     std::size_t pixels) {
  if (pixels >= 8) return functions.eight(call, tile), 8;
  if (pixels >= 4) return functions.four(call, tile), 4;
  return functions.one(call, tile), 1;
}

/// The tile of a line without its pixels: what it sees of the other axes.
PixelTile tile_of(const Depthwise& call, const PixelCursor& line) {
  const Window& window = call.shape.window;
  return {nullptr,
          0,
          {valid_taps(window, 0, line.z, call.shape.in[0]),
           valid_taps(window, 1, line.y, call.shape.in[1]),
           {0, 0}},
          0};
}

std::size_t first_pixel(const DepthwiseShape& shape, const PixelCursor& line) {
  return ((line.batch * shape.out[0] + line.z) * shape.out[1] + line.y) * shape.out[2];
}

/// A column of a line; one that is left of the image is not read.
const float* column_of(const Depthwise& call, std::size_t line, std::ptrdiff_t column) {
  const auto inside = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, column));
  return call.in + (line + inside) * call.in_stride;
}

/// The output pixels [begin, end) of a line.
void run_line(const Depthwise& call, const PixelCursor& line, Range pixels) {
  const Window& window = call.shape.window;
  const Range interior = whole_windows(window, 2, call.shape.in[2]);
  PixelTile tile = tile_of(call, line);
  const std::size_t seen = first_line_seen(call, line, tile);
  for (std::size_t x = pixels.begin; x < pixels.end;) {
    const bool whole = x >= interior.begin && x < interior.end;
    tile.taps[2] = valid_taps(window, 2, x, call.shape.in[2]);
    tile.first = first_pixel(call.shape, line) + x;
    tile.in = column_of(call, seen, input_position(window, 2, x, tile.taps[2].begin));
    x += run_some(call.any, call, tile, whole ? std::min(pixels.end, interior.end) - x : 1);
  }
}

/// The same in tiles of one size, the last of which overlaps the one before.
void run_fixed_line(const Depthwise& call, const PixelCursor& line, Range pixels) {
  const Window& window = call.shape.window;
  const auto width = static_cast<std::ptrdiff_t>(call.shape.in[2]);
  const std::size_t size = call.fixed.pixels;
  const auto all = static_cast<std::ptrdiff_t>((size - 1) * window.stride[2] + window.kernel[2]);
  PixelTile tile = tile_of(call, line);
  tile.taps[2] = {0, window.kernel[2]};
  const std::size_t seen = first_line_seen(call, line, tile);
  for (std::size_t begin = pixels.begin; begin < pixels.end; begin += size) {
    const std::size_t x = std::min(begin, pixels.end - size);
    const std::ptrdiff_t left = input_position(window, 2, x, 0);
    const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(-left, 0, all);
    const std::ptrdiff_t last = std::clamp<std::ptrdiff_t>(width - left, first, all);
    tile.columns = (1U << last) - (1U << first);
    tile.first = first_pixel(call.shape, line) + x;
    tile.in = column_of(call, seen, left + first);
    const bool whole = first == 0 && last == all;
    (whole ? call.fixed.whole : call.fixed.clipped)(call, tile);
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
                       any_functions(shape),
                       fixed_functions(shape, epilogue)};
  const std::size_t width = shape.out[2];
  const std::size_t parts = (width + kLinePart - 1) / kLinePart;
  const std::size_t lines = shape.batch * shape.out[0] * shape.out[1];
  const std::size_t part_work =
      std::min(width, kLinePart) * shape.out_channels() * volume(shape.window.kernel);
  const std::size_t grain = kLeastTaskWork / kSlowness / (part_work + 1) + 1;
  pool.for_ranges(lines * parts, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const PixelCursor line(shape.out, i / parts * width);
      const Range pixels = part_of(width, i % parts, parts);
      if (call.fixed.pixels > 0) {
        run_fixed_line(call, line, pixels);
      } else {
        run_line(call, line, pixels);
      }
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
