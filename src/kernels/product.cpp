#include "kernels/product.h"

namespace weir::kernels {

std::size_t ProductRows::block_rows(std::size_t /*row*/, std::size_t rows) const {
  if (rows <= kBlockRows) return rows;
  const std::size_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  return (rows + blocks - 1) / blocks;
}

void pack_product_rows(const StridedMatrix& w, const float* column_scale, std::size_t first,
                       std::size_t rows, const ProductShape& shape, float* packed) {
  for (std::size_t panel = 0; panel < panels_of(shape.columns); ++panel) {
    float* to = packed + (panel * shape.inner + first) * kPanelColumns;
    const std::size_t begin = panel * kPanelColumns;
    const std::size_t columns = std::min(kPanelColumns, shape.columns - begin);
    for (std::size_t r = 0; r < rows; ++r, to += kPanelColumns) {
      const float* from = w.data + r * w.row_stride + begin * w.column_stride;
      for (std::size_t c = 0; c < columns; ++c) {
        to[c] =
            from[c * w.column_stride] * (column_scale == nullptr ? 1.0F : column_scale[begin + c]);
      }
      std::fill(to + columns, to + kPanelColumns, 0.0F);
    }
  }
}

void scale_product_rows(const ProductShape& shape, const float* packed, const float* scale,
                        float* scaled) {
  for (std::size_t panel = 0; panel < panels_of(shape.columns); ++panel) {
    for (std::size_t r = 0; r < shape.inner; ++r) {
      for (std::size_t c = 0; c < kPanelColumns; ++c) *scaled++ = *packed++ * scale[r];
    }
  }
}

}  // namespace weir::kernels
