#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/panels.h"
#include "kernels/unary.h"

namespace weir::kernels {

/// The product of a (rows x inner) and a (inner x columns) matrix.
struct MatmulShape {
  std::size_t rows = 0;
  std::size_t inner = 0;
  std::size_t columns = 0;
};

/// Bytes that `pack_matmul` writes. The layout is the same for every instruction set.
std::size_t packed_matmul_bytes(std::size_t inner, std::size_t columns);

/// Lays the weights `w` (inner x columns, row major) out for `matmul`, each column multiplied by
/// its `column_scale` unless that is null (a folded batch normalisation). `packed` is aligned to
/// kAlignment.
void pack_matmul(const float* w, const float* column_scale, std::size_t inner, std::size_t columns,
                 float* packed);

/// Packs `rows` of the `inner` rows, from `first` on, which lie at `w`: the same in parts.
void pack_matmul_rows(const float* w, const float* column_scale, std::size_t first,
                      std::size_t rows, std::size_t inner, std::size_t columns, float* packed);

/// c = activation(a * w + bias + residual). Row r of `a` starts at a + r * lda (lda >= inner), of
/// `c` and of the residual at r * ldc (ldc >= columns; what lies between rows is left alone). The
/// residual may be `c` itself; `a` may not overlap it. An element of `c` has the same bits whatever
/// the number of rows and of threads. Weights that are not kept as floats are decoded in `scratch`:
/// `decoding_bytes` (kernels/product.h), aligned to kAlignment. Allocates nothing.
void matmul(const MatmulShape& shape, const float* a, std::size_t lda, const Panels& weights,
            float* c, std::size_t ldc, const Epilogue& epilogue, const ThreadPool& pool,
            std::byte* scratch = nullptr);

}  // namespace weir::kernels
