#include "kernels/product.h"

#include <bit>
#include <limits>

#include "kernels/copy_floats.h"
#include "kernels/split.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/product.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

#include "kernels/simd/activation-inl.h"
#include "kernels/simd/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {

/// One product as its threads see it.
struct Product {
  const ProductShape& shape;
  const float* packed;
  float* out;
  const Epilogue& epilogue;
  Activation activation;

  std::size_t group_floats() const { return packed_product_floats(shape.inner, shape.columns); }
};

/// Columns [panel * 16, (panel + panels) * 16) of a group, for one block of gathered rows.
struct Stripe {
  std::size_t group;
  std::size_t panel;
  std::size_t panels;
  bool first;  ///< The block is the first of the inner index, …
  bool last;   ///< … the last.
};

Tile stripe_tile(const Product& p, const Stripe& s, std::size_t inner, std::size_t count) {
  const std::size_t column = s.group * p.shape.columns + s.panel * kPanelColumns;
  const auto at_column = [&](const float* base) { return base == nullptr ? base : base + column; };
  return {.a = nullptr,
          .b = p.packed + s.group * p.group_floats() +
               (s.panel * p.shape.inner + inner) * kPanelColumns,
          .panel_floats = p.shape.inner * kPanelColumns,
          .inner = count,
          .out = p.out + column,
          .offsets = nullptr,
          .bias = at_column(p.epilogue.bias),
          .residual = at_column(p.epilogue.residual),
          .continues = !s.first,
          .low = s.last ? p.activation.low : -std::numeric_limits<float>::infinity(),
          .high = s.last ? p.activation.high : std::numeric_limits<float>::infinity(),
          .next = nullptr,
          .next_lines = 0};
}

void run_tile(const Product& p, const Stripe& s, const Tile& tile, std::size_t rows) {
  const auto width = static_cast<std::size_t>(std::countr_zero(s.panels));
  kTileFunctions[width][rows - 1](tile);
  if (!s.last || !p.activation.needs_pass) return;
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = tile.out + tile.offsets[r];
    MapUnary(row, row, s.panels * kPanelColumns, p.epilogue.activation);
  }
}

/// A tile that reaches beyond the last column: works on a copy that has room for whole panels.
HWY_NOINLINE void run_partial_tile(const Product& p, const Stripe& s, const Tile& tile,
                                   std::size_t rows) {
  constexpr std::size_t kRoom = (kAccumulators + kTileRows) * kPanelColumns;
  HWY_ALIGN float copy[kRoom];
  HWY_ALIGN float bias[8 * kPanelColumns];
  std::size_t offsets[kTileRows];
  const std::size_t width = s.panels * kPanelColumns;
  const std::size_t columns = p.shape.columns - s.panel * kPanelColumns;
  const auto copy_padded = [&](const float* from, float* to) {
    copy_floats(from, columns, to);
    std::fill(to + columns, to + width, 0.0F);
  };
  const float* from = tile.continues ? tile.out : tile.residual;
  for (std::size_t r = 0; r < rows; ++r) {
    offsets[r] = r * width;
    if (from != nullptr) copy_padded(from + tile.offsets[r], copy + offsets[r]);
  }
  if (tile.bias != nullptr) copy_padded(tile.bias, bias);

  Tile whole = tile;
  whole.out = copy;
  whole.offsets = offsets;
  if (tile.bias != nullptr) whole.bias = bias;
  if (tile.residual != nullptr) whole.residual = copy;
  run_tile(p, s, whole, rows);
  for (std::size_t r = 0; r < rows; ++r) {
    copy_floats(copy + offsets[r], columns, tile.out + tile.offsets[r]);
  }
}

/// Has each of the tiles of a stripe fetch its share of the weights that lie behind, which mostly
/// are the next stripe's: with few rows, a stripe is done sooner than memory gives the next one.
void look_ahead(Tile& tile, std::size_t panels, std::size_t tiles) {
  // One or two tiles take no longer than their own weights take to arrive.
  if (tiles < 3) return;
  tile.next = tile.b + panels * tile.panel_floats;
  tile.next_lines = (kFetchSteps * panels + tiles - 1) / tiles;
}

void run_stripe(const Product& p, const Stripe& s, Tile tile, std::size_t rows) {
  const bool partial = (s.panel + s.panels) * kPanelColumns > p.shape.columns;
  look_ahead(tile, s.panels, tiles_of(rows));
  for_even_tiles(rows, [&](std::size_t height) {
    if (partial) {
      run_partial_tile(p, s, tile, height);
    } else {
      run_tile(p, s, tile, height);
    }
    tile.a += height * kGatherStride;
    tile.offsets += height;
    tile.next += tile.inner / kFetchSteps * tile.next_lines * kPanelColumns;
  });
}

/// The panels [begin, end) of a block of rows: as wide tiles as the rows allow.
template <typename Run>
void for_stripes(Stripe stripe, Range panels, std::size_t rows, const Run& run) {
  const std::size_t widest = widest_tile(std::min(rows, kTileRows));
  for (std::size_t panel = panels.begin; panel < panels.end; panel += stripe.panels) {
    stripe.panel = panel;
    stripe.panels = std::min(widest, std::bit_floor(panels.end - panel));
    run(stripe);
  }
}

/// All inner blocks of at most kBlockRows rows.
void run_rows(const Product& p, const ProductRows& source, ProductRows::Block block, Range panels,
              float* gathered) {
  std::size_t offsets[kBlockRows];
  source.place(block, offsets);
  do {
    block.count = std::min(kBlockInner, p.shape.inner - block.inner);
    source.gather(block, gathered);
    const bool last = block.inner + block.count == p.shape.inner;
    for_stripes({block.group, 0, 0, block.inner == 0, last}, panels, block.rows,
                [&](const Stripe& stripe) {
                  Tile tile = stripe_tile(p, stripe, block.inner, block.count);
                  tile.a = gathered;
                  tile.offsets = offsets;
                  run_stripe(p, stripe, tile, block.rows);
                });
    block.inner += block.count;
  } while (block.inner < p.shape.inner);
}

void ProductKernel(const ProductShape& shape, const ProductRows& source, const float* packed,
                   float* out, const Epilogue& epilogue, std::byte* scratch,
                   const ThreadPool& pool) {
  const Product p{shape, packed, out, epilogue, activation_of(epilogue.activation)};
  const Split split = split_product(shape, kTileRows, pool);
  const std::size_t slice = product_scratch_bytes(shape.rows, 1);
  constexpr std::size_t kRows = kBlockRows / kTileRows * kTileRows;
  pool.run(split.tasks(), [&](std::size_t task, std::size_t slot) {
    auto* gathered = reinterpret_cast<float*>(scratch + slot * slice);
    const Range panels = split.panels(task);
    split.for_rows(task, [&](std::size_t group, Range rows) {
      for (std::size_t row = rows.begin; row < rows.end; row += kRows) {
        run_rows(p, source, {group, row, std::min(kRows, rows.end - row), 0, 0}, panels, gathered);
      }
    });
  });
}

void ProductRowKernel(const ProductShape& shape, const float* a, const float* packed, float* out,
                      const Epilogue& epilogue, const ThreadPool& pool) {
  const Product p{shape, packed, out, epilogue, activation_of(epilogue.activation)};
  const Split split = split_product(shape, kTileRows, pool);
  constexpr std::size_t kOffset = 0;
  pool.run(split.tasks(), [&](std::size_t task, std::size_t) {
    for_stripes({0, 0, 0, true, true}, split.panels(task), 1, [&](const Stripe& stripe) {
      Tile tile = stripe_tile(p, stripe, 0, shape.inner);
      tile.a = a;
      tile.offsets = &kOffset;
      run_stripe(p, stripe, tile, 1);
    });
  });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(ProductKernel);
HWY_EXPORT(ProductRowKernel);

void product(const ProductShape& shape, const ProductRows& rows, const float* packed, float* out,
             const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(ProductKernel)(shape, rows, packed, out, epilogue, scratch, pool);
}

void product_row(const ProductShape& shape, const float* a, const float* packed, float* out,
                 const Epilogue& epilogue, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(ProductRowKernel)(shape, a, packed, out, epilogue, pool);
}

}  // namespace weir::kernels
#endif
