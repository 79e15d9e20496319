#include "kernels/product.h"

#include <limits>

#include "kernels/split.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/product.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

#include "kernels/simd/activation-inl.h"
#include "kernels/simd/decoded_row-inl.h"
#include "kernels/simd/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {

/// One product as its threads see it.
struct Product {
  const ProductShape& shape;
  const Panels& weights;
  float* out;
  const Epilogue& epilogue;
  Activation activation;

  /// Whether the block is the last of the inner index.
  bool ends_with(const ProductRows::Block& block) const {
    return block.inner + block.count == shape.inner;
  }
  /// A panel of the group.
  const std::byte* panel(std::size_t group, std::size_t i) const {
    const std::size_t panels = group * panels_of(shape.columns) + i;
    return weights.bytes + panels * panel_bytes(shape.inner, weights.dtype);
  }
  /// The same from a row of it on, of weights that are kept as floats.
  const float* floats(std::size_t group, std::size_t i, std::size_t row) const {
    const std::size_t panels = group * panels_of(shape.columns) + i;
    return reinterpret_cast<const float*>(weights.bytes) +
           (panels * shape.inner + row) * kPanelColumns;
  }
};

/// Scratch of one thread: for rows that are gathered, and for weights that are decoded.
struct Room {
  float* rows;
  float* weights;
};

/// A block of rows with the panels from `panel` on, which lie at `weights`; the tile's columns are
/// for the caller to say.
HWY_INLINE Tile first_tile(const Product& p, const ProductRows::Block& block, std::size_t panel,
                           const StridedRows& rows, const std::size_t* offsets,
                           const float* weights, std::size_t panel_floats) {
  const std::size_t first = block.group * p.shape.columns + panel * kPanelColumns;
  const bool is_last = p.ends_with(block);
  const auto at_column = [&](const float* base) { return base == nullptr ? base : base + first; };
  return {.rows = rows,
          .b = weights,
          .panel_floats = panel_floats,
          .skipped = block.inner,
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

HWY_INLINE void move_right(Tile& tile, std::size_t panels) {
  const std::size_t columns = panels * kPanelColumns;
  tile.out += columns;
  if (tile.bias != nullptr) tile.bias += columns;
  if (tile.residual != nullptr) tile.residual += columns;
}

/// Writes `count` elements of each of a panel's columns as floats.
HWY_NOINLINE void decode_bfloat16(const std::uint16_t* HWY_RESTRICT from, std::size_t count,
                                  float* HWY_RESTRICT to) {
  const TileD d;
  for (std::size_t i = 0; i < count * kPanelColumns; i += hn::Lanes(d)) {
    hn::Store(load_bfloat16(from + i), d, to + i);
  }
}

HWY_NOINLINE void decode_int8(const std::int8_t* HWY_RESTRICT from, const float* HWY_RESTRICT steps,
                              std::size_t count, float* HWY_RESTRICT to) {
  const TileD d;
  for (std::size_t v = 0; v < kPanelColumns; v += hn::Lanes(d)) {
    const TileV step = hn::LoadU(d, steps + v);
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t at = k * kPanelColumns + v;
      hn::Store(load_int8(from + at, step), d, to + at);
    }
  }
}

/// Writes what a block has of the panels of a range to `room`, one panel after the other.
void decode_panels(const Product& p, const ProductRows::Block& block, Range panels, float* room) {
  const std::size_t first = block.inner * kPanelColumns;
  for (std::size_t i = panels.begin; i < panels.end; ++i, room += block.count * kPanelColumns) {
    const std::byte* const panel = p.panel(block.group, i);
    if (p.weights.dtype == DType::kBFloat16) {
      decode_bfloat16(reinterpret_cast<const std::uint16_t*>(panel) + first, block.count, room);
    } else {
      const auto* const steps = reinterpret_cast<const float*>(panel);
      const auto* const elements = reinterpret_cast<const std::int8_t*>(steps + kPanelColumns);
      decode_int8(elements + first, steps, block.count, room);
    }
  }
}

/// Runs `multiply(tile, panels)` for stripes of at most so many panels of a range, from the first
/// one's tile on; the tile's weights are for `multiply` to move.
template <typename Multiply>
HWY_INLINE void run_stripes(const Product& p, const ProductRows::Block& block, Range panels,
                            std::size_t most_panels, Tile tile, const std::size_t* offsets,
                            const Multiply& multiply) {
  const bool needs_pass = p.activation.needs_pass && p.ends_with(block);
  std::size_t columns_left = p.shape.columns - panels.begin * kPanelColumns;
  std::size_t panel = panels.begin;
  for_even_parts(
      panels.end - panels.begin, most_panels, [&](std::size_t width, std::size_t stripes) {
        for (std::size_t i = 0; i < stripes; ++i) {
          tile.columns = std::min(width * kPanelColumns, columns_left);
          multiply(tile, Range{panel, panel + width});
          if (needs_pass) {
            MapUnaryRows(tile.out, {offsets, block.rows}, tile.columns, p.epilogue.activation);
          }
          columns_left -= tile.columns;
          panel += width;
          move_right(tile, width);
        }
      });
}

/// The rows of a block with the panels of a range, in stripes of panels that suit so many rows.
void run_block(const Product& p, const ProductRows::Block& block, Range panels,
               const StridedRows& rows, const std::size_t* offsets) {
  const float* const weights = p.floats(block.group, panels.begin, block.inner);
  const std::size_t panel_floats = p.shape.inner * kPanelColumns;
  run_stripes(p, block, panels, kBestPanels[block.rows],
              first_tile(p, block, panels.begin, rows, offsets, weights, panel_floats), offsets,
              [&](Tile& tile, Range stripe) {
                multiply_tiles(tile, block.rows);
                tile.b += (stripe.end - stripe.begin) * tile.panel_floats;
              });
}

/// The same where weights are not kept as floats: they are decoded a stripe at a time to `room`, …
void run_decoded_block(const Product& p, const ProductRows::Block& block, Range panels,
                       const StridedRows& rows, const std::size_t* offsets, float* room) {
  const std::size_t panel_floats = block.count * kPanelColumns;
  const std::size_t most_panels = kDecodedFloats / std::max(panel_floats, std::size_t{1});
  run_stripes(p, block, panels, std::min<std::size_t>(kBestPanels[block.rows], most_panels),
              first_tile(p, block, panels.begin, rows, offsets, room, panel_floats), offsets,
              [&](Tile& tile, Range stripe) {
                decode_panels(p, block, stripe, room);
                multiply_tiles(tile, block.rows);
              });
}

/// … but for a single row.
void run_decoded_row(const Product& p, const ProductRows::Block& block, Range panels,
                     const StridedRows& rows, const std::size_t* offsets) {
  const auto* const weights = reinterpret_cast<const float*>(p.panel(block.group, panels.begin));
  const std::size_t panel_floats = panel_bytes(p.shape.inner, p.weights.dtype) / sizeof(float);
  run_stripes(p, block, panels, kDecodedRowPanels,
              first_tile(p, block, panels.begin, rows, offsets, weights, panel_floats), offsets,
              [&](Tile& tile, Range stripe) {
                const std::size_t width = stripe.end - stripe.begin;
                multiply_decoded_row(tile, p.weights.dtype, width);
                tile.b += width * tile.panel_floats;
              });
}

/// All inner blocks of at most kBlockRows rows, with the panels of a range.
template <bool kDecodes>
void run_rows(const Product& p, const ProductRows& source, ProductRows::Block block, Range panels,
              const Room& room) {
  std::size_t offsets[kBlockRows];
  source.place(block, offsets);
  const std::size_t most_inner = source.block_inner(block);
  do {
    block.count = std::min(most_inner, p.shape.inner - block.inner);
    const StridedRows rows = source.read(block, room.rows);
    if (!kDecodes) {
      run_block(p, block, panels, rows, offsets);
    } else if (block.rows == 1) {
      run_decoded_row(p, block, panels, rows, offsets);
    } else {
      run_decoded_block(p, block, panels, rows, offsets, room.weights);
    }
    block.inner += block.count;
  } while (block.inner < p.shape.inner);
}

/// What the thread in a slot has of the scratch: weights of all threads are decoded before rows.
HWY_INLINE Room room_of(const Product& p, std::size_t slot, std::size_t threads,
                        std::byte* scratch) {
  if (scratch == nullptr) return {nullptr, nullptr};
  const auto decoding = [&](std::size_t rooms) {
    return decoding_bytes(p.shape.inner, p.shape.columns, p.weights.dtype, rooms);
  };
  std::byte* const weights = scratch + decoding(slot);
  std::byte* const rows = scratch + decoding(threads) + product_scratch_bytes(p.shape.rows, slot);
  return {reinterpret_cast<float*>(rows), reinterpret_cast<float*>(weights)};
}

template <bool kDecodes>
void run_tasks(const Product& p, const ProductRows& source, std::byte* scratch,
               const ThreadPool& pool) {
  const Split split = split_product(p.shape, kTileRows, pool);
  if (split.tasks() == 1 && p.shape.groups == 1 && p.shape.rows == 1) {
    // To hand out a small layer's only row would take longer than the row does.
    const Range panels{0, panels_of(p.shape.columns)};
    run_rows<kDecodes>(p, source, {0, 0, 1, 0, 0}, panels, room_of(p, 0, pool.size(), scratch));
    return;
  }
  pool.run(split.tasks(), [&](std::size_t task, std::size_t slot) {
    const Room room = room_of(p, slot, pool.size(), scratch);
    const Range panels = split.panels(task);
    split.for_rows(task, [&](std::size_t group, Range rows) {
      for (std::size_t row = rows.begin; row < rows.end;) {
        const std::size_t count = source.block_rows(row, rows.end - row);
        run_rows<kDecodes>(p, source, {group, row, count, 0, 0}, panels, room);
        row += count;
      }
    });
  });
}

void ProductKernel(const ProductShape& shape, const ProductRows& source, const Panels& weights,
                   float* out, const Epilogue& epilogue, std::byte* scratch,
                   const ThreadPool& pool) {
  const Product p{shape, weights, out, epilogue, activation_of(epilogue.activation)};
  const auto run = weights.dtype == DType::kFloat32 ? run_tasks<false> : run_tasks<true>;
  run(p, source, scratch, pool);
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(ProductKernel);

void product(const ProductShape& shape, const ProductRows& rows, const Panels& weights, float* out,
             const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(ProductKernel)(shape, rows, weights, out, epilogue, scratch, pool);
}

}  // namespace weir::kernels
#endif
