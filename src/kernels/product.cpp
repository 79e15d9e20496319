#include "kernels/product.h"

#include <cmath>
#include <cstdint>

#include "base/half.h"

namespace weir::kernels {
namespace {

/// Packs as `pack_product_rows`. The elements of panel p start at `elements(p)`; `encode(weight,
/// column)` is what is kept of a weight.
template <typename Elements, typename Encode>
void pack_elements(const StridedMatrix& w, const float* column_scale, std::size_t first,
                   std::size_t rows, const ProductShape& shape, const Elements& elements,
                   const Encode& encode) {
  for (std::size_t panel = 0; panel < panels_of(shape.columns); ++panel) {
    auto* to = elements(panel) + first * kPanelColumns;
    const std::size_t begin = panel * kPanelColumns;
    const std::size_t columns = std::min(kPanelColumns, shape.columns - begin);
    for (std::size_t r = 0; r < rows; ++r, to += kPanelColumns) {
      const float* from = w.data + r * w.row_stride + begin * w.column_stride;
      for (std::size_t c = 0; c < columns; ++c) {
        const float scale = column_scale == nullptr ? 1.0F : column_scale[begin + c];
        to[c] = encode(from[c * w.column_stride] * scale, begin + c);
      }
      std::fill(to + columns, to + kPanelColumns, 0);
    }
  }
}

/// A column without a number for its largest weight has none for its step, nor for its results.
std::int8_t in_steps(float weight, float step) {
  const float steps = step > 0 ? std::nearbyint(weight / step) : 0.0F;
  return static_cast<std::int8_t>(std::isfinite(steps) ? std::clamp(steps, -kInt8Steps, kInt8Steps)
                                                       : 0.0F);
}

}  // namespace

std::size_t ProductRows::block_rows(std::size_t /*row*/, std::size_t rows) const {
  if (rows <= kBlockRows) return rows;
  const std::size_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  return (rows + blocks - 1) / blocks;
}

void pack_product_rows(const StridedMatrix& w, const float* column_scale, std::size_t first,
                       std::size_t rows, const ProductShape& shape, float* packed) {
  pack_elements(
      w, column_scale, first, rows, shape,
      [&](std::size_t panel) { return packed + panel * shape.inner * kPanelColumns; },
      [](float weight, std::size_t) { return weight; });
}

void pack_product_rows_as(DType dtype, const StridedMatrix& w, const float* column_scale,
                          const float* largest, std::size_t first, std::size_t rows,
                          const ProductShape& shape, std::byte* packed) {
  const auto panel_at = [&](std::size_t panel) {
    return packed + panel * panel_bytes(shape.inner, dtype);
  };
  if (dtype == DType::kBFloat16) {
    pack_elements(
        w, column_scale, first, rows, shape,
        [&](std::size_t panel) { return reinterpret_cast<std::uint16_t*>(panel_at(panel)); },
        [](float weight, std::size_t) { return float_to_bfloat(weight); });
    return;
  }
  const auto steps_of = [&](std::size_t panel) {
    return reinterpret_cast<float*>(panel_at(panel));
  };
  for (std::size_t c = 0; c < shape.columns; ++c) {
    steps_of(c / kPanelColumns)[c % kPanelColumns] = largest[c] / kInt8Steps;
  }
  pack_elements(
      w, column_scale, first, rows, shape,
      [&](std::size_t panel) {
        return reinterpret_cast<std::int8_t*>(steps_of(panel) + kPanelColumns);
      },
      [&](float weight, std::size_t column) {
        return in_steps(weight, largest[column] / kInt8Steps);
      });
}

void find_largest(const StridedMatrix& w, const float* column_scale, std::size_t rows,
                  std::size_t columns, float* largest) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = w.data + r * w.row_stride;
    for (std::size_t c = 0; c < columns; ++c) {
      const float scale = column_scale == nullptr ? 1.0F : column_scale[c];
      const float magnitude = std::abs(row[c * w.column_stride] * scale);
      // Nothing is larger than NaN.
      if (magnitude > largest[c] || std::isnan(magnitude)) largest[c] = magnitude;
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
