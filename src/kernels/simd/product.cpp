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

  /// Whether the block is the last of the inner index.
  bool ends_with(const ProductRows::Block& block) const {
    return block.inner + block.count == shape.inner;
  }
  std::size_t group_floats() const { return packed_product_floats(shape.inner, shape.columns); }
};

/// A block of rows with the panels from `panel` on; the tile's columns are for the caller to say.
Tile first_tile(const Product& p, const ProductRows::Block& block, std::size_t panel,
                const StridedRows& rows, const std::size_t* offsets) {
  const std::size_t first = block.group * p.shape.columns + panel * kPanelColumns;
  const bool is_last = p.ends_with(block);
  const auto at_column = [&](const float* base) { return base == nullptr ? base : base + first; };
  return {.rows = rows,
          .b = p.packed + block.group * p.group_floats() +
               (panel * p.shape.inner + block.inner) * kPanelColumns,
          .panel_floats = p.shape.inner * kPanelColumns,
          .inner = rows.runs == 1 ? block.count : block.count / rows.runs,
          .out = p.out + first,
          .offsets = offsets,
          .columns = 0,
          .bias = at_column(p.epilogue.bias),
          .residual = at_column(p.epilogue.residual),
          .continues = block.inner > 0,
          .low = is_last ? p.activation.low : -std::numeric_limits<float>::infinity(),
          .high = is_last ? p.activation.high : std::numeric_limits<float>::infinity()};
}

void move_right(Tile& tile, std::size_t panels) {
  const std::size_t columns = panels * kPanelColumns;
  tile.b += panels * tile.panel_floats;
  tile.out += columns;
  if (tile.bias != nullptr) tile.bias += columns;
  if (tile.residual != nullptr) tile.residual += columns;
}

/// The rows of a block with the panels of a range, in stripes of panels that suit so many rows.
void run_block(const Product& p, const ProductRows::Block& block, Range panels,
               const StridedRows& rows, const std::size_t* offsets) {
  const bool needs_pass = p.activation.needs_pass && p.ends_with(block);
  Tile tile = first_tile(p, block, panels.begin, rows, offsets);
  std::size_t columns_left = p.shape.columns - panels.begin * kPanelColumns;
  const auto run_stripes = [&](std::size_t width, std::size_t stripes) {
    for (std::size_t i = 0; i < stripes; ++i) {
      tile.columns = std::min(width * kPanelColumns, columns_left);
      multiply_tiles(tile, block.rows);
      if (needs_pass) {
        MapUnaryRows(tile.out, {offsets, block.rows}, tile.columns, p.epilogue.activation);
      }
      columns_left -= tile.columns;
      move_right(tile, width);
    }
  };
  for_even_parts(panels.end - panels.begin, kBestPanels[block.rows], run_stripes);
}

/// All inner blocks of at most kBlockRows rows, with the panels of a range.
void run_rows(const Product& p, const ProductRows& source, ProductRows::Block block, Range panels,
              float* room) {
  std::size_t offsets[kBlockRows];
  source.place(block, offsets);
  const std::size_t most_inner = source.block_inner(block);
  do {
    block.count = std::min(most_inner, p.shape.inner - block.inner);
    run_block(p, block, panels, source.read(block, room), offsets);
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
