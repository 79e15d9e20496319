#include "kernels/product.h"

#include <limits>

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

/// Some panels of a group, for one block of rows.
struct Stripe {
  std::size_t group;
  std::size_t panel;
  std::size_t panels;
  bool first;  ///< The block is the first of the inner index, …
  bool last;   ///< … the last.
};

Tile stripe_tile(const Product& p, const Stripe& s, const ProductRows::Block& block,
                 const StridedRows& rows, const std::size_t* offsets) {
  const std::size_t column = s.panel * kPanelColumns;
  const std::size_t first = s.group * p.shape.columns + column;
  const auto at_column = [&](const float* base) { return base == nullptr ? base : base + first; };
  return {.rows = rows,
          .b = p.packed + s.group * p.group_floats() +
               (s.panel * p.shape.inner + block.inner) * kPanelColumns,
          .panel_floats = p.shape.inner * kPanelColumns,
          .inner = block.count / rows.runs,
          .out = p.out + first,
          .offsets = offsets,
          .columns = std::min(s.panels * kPanelColumns, p.shape.columns - column),
          .bias = at_column(p.epilogue.bias),
          .residual = at_column(p.epilogue.residual),
          .continues = !s.first,
          .low = s.last ? p.activation.low : -std::numeric_limits<float>::infinity(),
          .high = s.last ? p.activation.high : std::numeric_limits<float>::infinity()};
}

void run_stripe(const Product& p, const Stripe& s, const Tile& tile, std::size_t rows) {
  multiply_tiles(tile, rows);
  if (!s.last || !p.activation.needs_pass) return;
  MapUnaryRows(tile.out, {tile.offsets, rows}, tile.columns, p.epilogue.activation);
}

/// All inner blocks of at most kBlockRows rows, with the panels of a range.
void run_rows(const Product& p, const ProductRows& source, ProductRows::Block block, Range panels,
              float* room) {
  std::size_t offsets[kBlockRows];
  source.place(block, offsets);
  const std::size_t most_inner = source.block_inner(block);
  do {
    block.count = std::min(most_inner, p.shape.inner - block.inner);
    const StridedRows rows = source.read(block, room);
    Stripe stripe{block.group, panels.begin, 0, block.inner == 0,
                  block.inner + block.count == p.shape.inner};
    const auto run_stripes = [&](std::size_t width, std::size_t stripes) {
      stripe.panels = width;
      for (std::size_t i = 0; i < stripes; ++i) {
        run_stripe(p, stripe, stripe_tile(p, stripe, block, rows, offsets), block.rows);
        stripe.panel += width;
      }
    };
    for_even_parts(panels.end - panels.begin, kBestPanels[block.rows], run_stripes);
    block.inner += block.count;
  } while (block.inner < p.shape.inner);
}

void ProductKernel(const ProductShape& shape, const ProductRows& source, const float* packed,
                   float* out, const Epilogue& epilogue, std::byte* scratch,
                   const ThreadPool& pool) {
  const Product p{shape, packed, out, epilogue, activation_of(epilogue.activation)};
  const Split split = split_product(shape, kTileRows, pool);
  const std::size_t slice =
      scratch == nullptr ? 0 : product_scratch_bytes(shape.rows, 1) / sizeof(float);
  pool.run(split.tasks(), [&](std::size_t task, std::size_t slot) {
    auto* room = reinterpret_cast<float*>(scratch) + slot * slice;
    const Range panels = split.panels(task);
    split.for_rows(task, [&](std::size_t group, Range rows) {
      for (std::size_t row = rows.begin; row < rows.end;) {
        const std::size_t count = source.block_rows(row, rows.end - row);
        run_rows(p, source, {group, row, count, 0, 0}, panels, room);
        row += count;
      }
    });
  });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(ProductKernel);

void product(const ProductShape& shape, const ProductRows& rows, const float* packed, float* out,
             const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(ProductKernel)(shape, rows, packed, out, epilogue, scratch, pool);
}

}  // namespace weir::kernels
#endif
