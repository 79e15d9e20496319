#include "kernels/winograd.h"

#include <array>
#include <limits>

#include "kernels/split.h"
#include "kernels/winograd_layout.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/winograd.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

#include "kernels/simd/activation-inl.h"
#include "kernels/simd/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {

// The points of interpolation beside 0 and infinity, with both signs.
constexpr float kPointA = 0.625F;
constexpr float kPointB = 1.5F;

/// One convolution as its threads see it.
struct Winograd {
  const ConvolutionShape& shape;
  const float* in;
  std::size_t in_stride;
  const float* packed;
  float* out;
  std::size_t out_stride;
  const Epilogue& epilogue;
  Activation activation;
  WinogradTiles tiles;
  const float* zeros;                    ///< A pixel outside the image.
  float* positions[kWinogradPositions];  ///< The transformed inputs of each.
};

/// A tile's outputs begin at (batch, y, x).
struct TilePlace {
  std::size_t batch;
  std::size_t y;
  std::size_t x;
};

/// Of the tiles of a block.
class TilePlaces {
 public:
  TilePlaces(const Winograd& w, Range tiles) {
    for (std::size_t i = 0; i < tiles.end - tiles.begin; ++i)
      places_[i] = place(w, tiles.begin + i);
  }

  const TilePlace& operator[](std::size_t i) const { return places_[i]; }

 private:
  static TilePlace place(const Winograd& w, std::size_t tile) {
    const std::size_t row = tile / w.tiles.columns;
    return {row / w.tiles.rows, row % w.tiles.rows * kWinogradOutputs,
            tile % w.tiles.columns * kWinogradOutputs};
  }

  std::array<TilePlace, kWinogradBlock> places_;
};

/// The polynomials that are zero at all points but one, with the elements as coefficients' factors:
/// for the points 0, a, -a, b, -b and infinity.
HWY_INLINE void transform_input(const TileV (&x)[kWinogradInputs], TileV (&t)[kWinogradInputs]) {
  const TileD d;
  constexpr float kAA = kPointA * kPointA;
  constexpr float kBB = kPointB * kPointB;
  const TileV sum = hn::Set(d, kAA + kBB);
  const TileV product = hn::Set(d, kAA * kBB);
  const TileV even_a = hn::NegMulAdd(hn::Set(d, kBB), x[2], x[4]);
  const TileV odd_a = hn::Mul(hn::Set(d, kPointA), hn::NegMulAdd(hn::Set(d, kBB), x[1], x[3]));
  const TileV even_b = hn::NegMulAdd(hn::Set(d, kAA), x[2], x[4]);
  const TileV odd_b = hn::Mul(hn::Set(d, kPointB), hn::NegMulAdd(hn::Set(d, kAA), x[1], x[3]));
  t[0] = hn::MulAdd(product, x[0], hn::NegMulAdd(sum, x[2], x[4]));
  t[1] = hn::Add(even_a, odd_a);
  t[2] = hn::Sub(even_a, odd_a);
  t[3] = hn::Add(even_b, odd_b);
  t[4] = hn::Sub(even_b, odd_b);
  t[5] = hn::MulAdd(product, x[1], hn::NegMulAdd(sum, x[3], x[5]));
}

/// The sums of the points' values times the points' powers 0 to 3.
HWY_INLINE void transform_output(const TileV (&m)[kWinogradInputs], TileV (&y)[kWinogradOutputs]) {
  const TileD d;
  constexpr float kAA = kPointA * kPointA;
  constexpr float kBB = kPointB * kPointB;
  const TileV even_a = hn::Add(m[1], m[2]);
  const TileV odd_a = hn::Mul(hn::Set(d, kPointA), hn::Sub(m[1], m[2]));
  const TileV even_b = hn::Add(m[3], m[4]);
  const TileV odd_b = hn::Mul(hn::Set(d, kPointB), hn::Sub(m[3], m[4]));
  y[0] = hn::Add(m[0], hn::Add(even_a, even_b));
  y[1] = hn::Add(odd_a, odd_b);
  y[2] = hn::MulAdd(hn::Set(d, kAA), even_a, hn::Mul(hn::Set(d, kBB), even_b));
  y[3] = hn::Add(m[5], hn::MulAdd(hn::Set(d, kAA), odd_a, hn::Mul(hn::Set(d, kBB), odd_b)));
}

/// Where the pixels of a tile's window are; those outside the image are zeros.
void find_pixels(const Winograd& w, const TilePlace& place,
                 const float* (&pixels)[kWinogradPositions]) {
  const ConvolutionShape& shape = w.shape;
  const auto top = static_cast<std::ptrdiff_t>(place.y) -
                   static_cast<std::ptrdiff_t>(shape.window.pad_before[1]);
  const auto left = static_cast<std::ptrdiff_t>(place.x) -
                    static_cast<std::ptrdiff_t>(shape.window.pad_before[2]);
  const auto height = static_cast<std::ptrdiff_t>(shape.in[1]);
  const auto width = static_cast<std::ptrdiff_t>(shape.in[2]);
  const float* image = w.in + place.batch * shape.in[1] * shape.in[2] * w.in_stride;
  for (std::size_t i = 0; i < kWinogradPositions; ++i) {
    const std::ptrdiff_t y = top + static_cast<std::ptrdiff_t>(i / kWinogradInputs);
    const std::ptrdiff_t x = left + static_cast<std::ptrdiff_t>(i % kWinogradInputs);
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    pixels[i] = inside ? image + static_cast<std::size_t>(y * width + x) * w.in_stride : w.zeros;
  }
}

/// Transforms the window of one tile, which becomes number `row` of its block.
void gather_tile(const Winograd& w, const TilePlace& place, std::size_t row) {
  const TileD d;
  const float* pixels[kWinogradPositions];
  find_pixels(w, place, pixels);
  for (std::size_t c = 0; c < w.shape.in_channels; c += hn::Lanes(d)) {
    const std::size_t to = row * kGatherStride + WinogradInputs::channel_offset(c);
    TileV columns[kWinogradInputs][kWinogradInputs];  // By x, then the transformed y.
    for (std::size_t x = 0; x < kWinogradInputs; ++x) {
      TileV column[kWinogradInputs];
      WEIR_UNROLL
      for (std::size_t y = 0; y < kWinogradInputs; ++y) {
        column[y] = hn::LoadU(d, pixels[y * kWinogradInputs + x] + c);
      }
      transform_input(column, columns[x]);
    }
    for (std::size_t y = 0; y < kWinogradInputs; ++y) {
      TileV line[kWinogradInputs];
      TileV result[kWinogradInputs];
      WEIR_UNROLL
      for (std::size_t x = 0; x < kWinogradInputs; ++x) line[x] = columns[x][y];
      transform_input(line, result);
      WEIR_UNROLL
      for (std::size_t x = 0; x < kWinogradInputs; ++x) {
        hn::StoreU(result[x], d, w.positions[y * kWinogradInputs + x] + to);
      }
    }
  }
}

/// Columns [panel * 16, (panel + panels) * 16) of some tiles of a block.
struct WinogradStripe {
  std::size_t panel;
  std::size_t panels;
  std::size_t first;  ///< Of the block's tiles.
  std::size_t count;  ///< Of tiles.
  std::size_t row;    ///< Of the first one's transformed inputs.

  std::size_t columns() const { return panels * kPanelColumns; }
};

/// The products of one position with one block of its channels; `offsets` are those of the stripe's
/// rows.
void multiply_position(const Winograd& w, const WinogradStripe& s, std::size_t position,
                       Range channels, const std::size_t* offsets, float* products) {
  const std::size_t panel_floats = kWinogradPositions * w.shape.in_channels * kPanelColumns;
  const Tile tile{.rows = {w.positions[position] + WinogradInputs::channel_offset(channels.begin) +
                               s.row * kGatherStride,
                           kGatherStride},
                  .b = w.packed + s.panel * panel_floats +
                       (position * w.shape.in_channels + channels.begin) * kPanelColumns,
                  .panel_floats = panel_floats,
                  .inner = channels.end - channels.begin,
                  .out = products + position * kWinogradBlock * s.columns(),
                  .offsets = offsets,
                  .columns = s.columns(),
                  .bias = nullptr,
                  .residual = nullptr,
                  .continues = channels.begin > 0,
                  .low = -std::numeric_limits<float>::infinity(),
                  .high = std::numeric_limits<float>::infinity()};
  multiply_tiles(tile, s.count);
}

/// What is done to the outputs of a stripe's vector of columns.
struct OutputTerms {
  TileV bias;
  TileV low;
  TileV high;
};

/// Transforms the products of one tile and 16 lanes or fewer back, and stores what lies inside the
/// image. `column` is counted from the stripe's first.
void scatter_tile(const Winograd& w, const WinogradStripe& s, const TilePlace& place,
                  std::size_t column, const OutputTerms& terms, const float* from) {
  const TileD d;
  const std::size_t position_floats = kWinogradBlock * s.columns();
  TileV columns[kWinogradInputs][kWinogradOutputs];  // By x, then the output's y.
  for (std::size_t x = 0; x < kWinogradInputs; ++x) {
    TileV values[kWinogradInputs];
    WEIR_UNROLL
    for (std::size_t y = 0; y < kWinogradInputs; ++y) {
      values[y] = hn::LoadU(d, from + (y * kWinogradInputs + x) * position_floats);
    }
    transform_output(values, columns[x]);
  }
  const std::size_t channel = s.panel * kPanelColumns + column;
  const std::size_t height = std::min(kWinogradOutputs, w.shape.out[1] - place.y);
  const std::size_t width = std::min(kWinogradOutputs, w.shape.out[2] - place.x);
  const float* const residual = w.epilogue.residual;  // By value: what is stored may alias `w`.
  float* const out = w.out;
  const std::size_t stride = w.out_stride;
  const bool needs_pass = w.activation.needs_pass;
  for (std::size_t y = 0; y < height; ++y) {
    TileV line[kWinogradInputs];
    TileV results[kWinogradOutputs];
    WEIR_UNROLL
    for (std::size_t x = 0; x < kWinogradInputs; ++x) line[x] = columns[x][y];
    transform_output(line, results);
    std::size_t at =
        ((place.batch * w.shape.out[1] + place.y + y) * w.shape.out[2] + place.x) * stride +
        channel;
    WEIR_UNROLL
    for (std::size_t x = 0; x < kWinogradOutputs; ++x, at += stride) {
      if (x == width) break;
      TileV value = hn::Add(results[x], terms.bias);
      if (residual != nullptr) value = hn::Add(value, hn::LoadU(d, residual + at));
      // The operands' order makes NaN pass through.
      value = hn::Min(terms.high, hn::Max(terms.low, value));
      hn::StoreU(value, d, out + at);
      if (needs_pass) MapUnary(out + at, out + at, hn::Lanes(d), w.epilogue.activation);
    }
  }
}

void run_winograd_stripe(const Winograd& w, const TilePlaces& places, const WinogradStripe& s,
                         float* products) {
  const TileD d;
  std::size_t offsets[kWinogradBlock];
  for (std::size_t r = 0; r < s.count; ++r) offsets[r] = r * s.columns();
  for (std::size_t position = 0; position < kWinogradPositions; ++position) {
    for (std::size_t c = 0; c < w.shape.in_channels; c += kBlockInner) {
      multiply_position(w, s, position, {c, std::min(c + kBlockInner, w.shape.in_channels)},
                        offsets, products);
    }
  }
  for (std::size_t column = 0; column < s.columns(); column += hn::Lanes(d)) {
    const float* bias = w.epilogue.bias;
    const OutputTerms terms{
        bias == nullptr ? hn::Zero(d) : hn::LoadU(d, bias + s.panel * kPanelColumns + column),
        hn::Set(d, w.activation.low), hn::Set(d, w.activation.high)};
    for (std::size_t row = 0; row < s.count; ++row) {
      scatter_tile(w, s, places[s.first + row], column, terms, products + offsets[row] + column);
    }
  }
}

/// Tiles of a block that are worth a task of gathering: a float costs as much as some
/// multiply-adds.
std::size_t gathered_tiles(const Winograd& w) {
  constexpr std::size_t kFloatWork = 16;
  const std::size_t tile_work = kFloatWork * kWinogradPositions * w.shape.in_channels;
  return std::max<std::size_t>(1, kLeastTaskWork / tile_work);
}

/// As many panels as are multiplied together, of rows that are as many as a block's.
constexpr std::size_t kStripePanels =
    std::min<std::size_t>(kWinogradStripe, kBestPanels[kWinogradBlock]);

/// Gathers a block of tiles, then multiplies it stripe by stripe; where there are few stripes, each
/// in parts, though not of so few rows that to read the weights takes longer than to multiply.
void run_block(const Winograd& w, Range tiles, float* products, const ThreadPool& pool) {
  const std::size_t count = tiles.end - tiles.begin;
  const TilePlaces places(w, tiles);
  pool.for_ranges(count, gathered_tiles(w), [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) gather_tile(w, places[row], row);
  });
  constexpr std::size_t kLeastRows = 8;
  const std::size_t panels = panels_of(w.shape.out_channels);
  const std::size_t stripes = (panels + kStripePanels - 1) / kStripePanels;
  const std::size_t parts = std::clamp<std::size_t>(pool.shares() / stripes, 1,
                                                    std::max<std::size_t>(1, count / kLeastRows));
  pool.run(stripes * parts, [&](std::size_t task, std::size_t slot) {
    const Range rows = part_of(count, task % parts, parts);
    const std::size_t panel = task / parts * kStripePanels;
    run_winograd_stripe(w, places,
                        {panel, std::min(kStripePanels, panels - panel), rows.begin,
                         rows.end - rows.begin, rows.begin},
                        products + slot * WinogradScratch::kProducts);
  });
}

void run_blocks(const Winograd& w, float* products, const ThreadPool& pool) {
  const std::size_t blocks = (w.tiles.count + kWinogradBlock - 1) / kWinogradBlock;
  for (std::size_t block = 0; block < blocks; ++block) {
    run_block(w, part_of(w.tiles.count, block, blocks), products, pool);
  }
}

/// Tiles of a block that one thread gathers and multiplies by itself, in rows of its own; 0 where
/// threads had better share blocks. Rows that another thread has gathered come from its cache,
/// which takes about as long as to multiply them with few channels. But each thread reads all
/// weights: no more of them, in bytes, than for 128 by 128 channels.
std::size_t own_tiles(const Winograd& w, std::size_t threads) {
  constexpr std::size_t kLeastRows = 14;
  constexpr std::size_t kMostWeights = std::size_t{5} << 19;
  const std::size_t rows = kWinogradBlock / threads;
  const bool pays = threads > 1 && rows >= kLeastRows && w.tiles.count >= threads * kLeastRows &&
                    packed_winograd_bytes(w.shape) <= kMostWeights;
  return pays ? rows : 0;
}

/// Each thread takes blocks of at most so many tiles.
void run_own_blocks(const Winograd& w, std::size_t most_tiles, float* products,
                    const ThreadPool& pool) {
  const std::size_t panels = panels_of(w.shape.out_channels);
  const std::size_t each = most_tiles * pool.size();
  const std::size_t blocks = (w.tiles.count + each - 1) / each * pool.size();
  pool.run(blocks, [&](std::size_t block, std::size_t slot) {
    const Range tiles = part_of(w.tiles.count, block, blocks);
    const std::size_t count = tiles.end - tiles.begin;
    const std::size_t row = slot * most_tiles;
    const TilePlaces places(w, tiles);
    for (std::size_t i = 0; i < count; ++i) gather_tile(w, places[i], row + i);
    for (std::size_t panel = 0; panel < panels; panel += kStripePanels) {
      run_winograd_stripe(w, places,
                          {panel, std::min(kStripePanels, panels - panel), 0, count, row},
                          products + slot * WinogradScratch::kProducts);
    }
  });
}

void WinogradKernel(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                    const float* packed, float* out, std::size_t out_stride,
                    const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool) {
  const WinogradScratch parts(shape, pool.size());
  auto* floats = reinterpret_cast<float*>(scratch);
  std::fill(floats, floats + shape.in_channels, 0.0F);
  Winograd w{shape,
             in,
             in_stride,
             packed,
             out,
             out_stride,
             epilogue,
             activation_of(epilogue.activation),
             WinogradTiles(shape),
             floats,
             {}};
  const WinogradInputs inputs(shape.in_channels);
  for (std::size_t i = 0; i < kWinogradPositions; ++i) {
    w.positions[i] = floats + parts.inputs + inputs.position_offset(i);
  }
  float* const products = floats + parts.products;
  if (const std::size_t tiles = own_tiles(w, pool.size()); tiles > 0) {
    run_own_blocks(w, tiles, products, pool);
  } else {
    run_blocks(w, products, pool);
  }
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(WinogradKernel);

void winograd(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
              const float* packed, float* out, std::size_t out_stride, const Epilogue& epilogue,
              std::byte* scratch, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(WinogradKernel)
  (shape, in, in_stride, packed, out, out_stride, epilogue, scratch, pool);
}

}  // namespace weir::kernels
#endif
