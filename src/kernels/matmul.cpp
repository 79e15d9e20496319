#include "kernels/matmul.h"

#include "kernels/narrow_product.h"
#include "kernels/product.h"

namespace weir::kernels {
namespace {

class MatrixRows final : public ProductRows {
 public:
  MatrixRows(const float* a, std::size_t lda, std::size_t ldc, std::size_t block_inner)
      : a_(a), lda_(lda), ldc_(ldc), block_inner_(block_inner) {}

  std::size_t block_inner(const Block& /*block*/) const override { return block_inner_; }

  StridedRows read(const Block& block, float* /*room*/) const override {
    return {a_ + block.row * lda_ + block.inner, lda_};
  }

  void place(const Block& block, std::size_t* offsets) const override {
    for (std::size_t r = 0; r < block.rows; ++r) offsets[r] = (block.row + r) * ldc_;
  }

 private:
  const float* a_;
  std::size_t lda_;
  std::size_t ldc_;
  std::size_t block_inner_;
};

}  // namespace

std::size_t packed_matmul_bytes(std::size_t inner, std::size_t columns) {
  return packed_product_bytes(inner, columns);
}

void pack_matmul(const float* w, const float* column_scale, std::size_t inner, std::size_t columns,
                 float* packed) {
  pack_matmul_rows(w, column_scale, 0, inner, inner, columns, packed);
}

void pack_matmul_rows(const float* w, const float* column_scale, std::size_t first,
                      std::size_t rows, std::size_t inner, std::size_t columns, float* packed) {
  pack_product_rows({w, columns, 1}, column_scale, first, rows, {1, 0, inner, columns}, packed);
}

void matmul(const MatmulShape& shape, const float* a, std::size_t lda, const Panels& weights,
            float* c, std::size_t ldc, const Epilogue& epilogue, const ThreadPool& pool,
            std::byte* scratch) {
  if (weights.dtype == DType::kFloat32 && is_narrow(shape.inner, shape.columns)) {
    narrow_product(shape, a, lda, reinterpret_cast<const float*>(weights.bytes),
                   NarrowLayout::kPanels, c, ldc, epilogue, pool);
    return;
  }
  const ProductShape product_shape{1, shape.rows, shape.inner, shape.columns};
  // What is decoded is to stay in a first-level cache.
  const std::size_t block_inner = weights.dtype == DType::kFloat32 ? kInPlaceInner : kBlockInner;
  product(product_shape, MatrixRows(a, lda, ldc, block_inner), weights, c, epilogue, scratch, pool);
}

}  // namespace weir::kernels
