#include "kernels/narrow_product.h"

#include <algorithm>

#include "kernels/parallel.h"
#include "kernels/product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/narrow_product.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

#include "kernels/simd/part-inl.h"
#include "kernels/simd/unary-inl.h"
#include "kernels/simd/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// One product as its threads see it.
struct NarrowProduct {
  const MatmulShape& shape;
  const float* a;
  std::size_t lda;
  const float* packed;
  NarrowLayout layout;
  float* out;
  std::size_t ldc;
  const Epilogue& epilogue;
};

/// Rows whose results wait together for the activation, and share a block of weights.
constexpr std::size_t kRowsAtOnce = 128;
/// Rows that are multiplied at the same time, as independent chains.
constexpr std::size_t kChains = 4;

/// Part of the inner index.
struct InnerBlock {
  std::size_t begin;
  std::size_t count;
};

/// A column's weights of a block, side by side and padded with zeros to whole vectors: where they
/// are, or in `room`.
HWY_INLINE const float* column_weights(const NarrowProduct& p, std::size_t column, InnerBlock block,
                                       float* room) {
  if (p.layout == NarrowLayout::kColumns) {
    return p.packed + column * packed_columns_floats(p.shape.inner, 1) + block.begin;
  }
  const float* from = p.packed + block.begin * kPanelColumns + column;
  const std::size_t padded = hwy::RoundUpTo(block.count, hn::Lanes(hn::ScalableTag<float>()));
  for (std::size_t k = 0; k < block.count; ++k) room[k] = from[k * kPanelColumns];
  std::fill(room + block.count, room + padded, 0.0F);
  return room;
}

/// Adds the products of kRows rows with one column to their results, which are `stride` apart. Each
/// row's are two chains, of every other vector: one would wait for itself.
template <std::size_t kRows>
HWY_INLINE void add_products(const float* a, std::size_t lda, const float* weights,
                             std::size_t count, float* results, std::size_t stride) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  V even[kRows];
  V odd[kRows];
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) even[r] = odd[r] = hn::Zero(d);
  const auto add = [&](std::size_t k, auto vectors, V(&sums)[kRows]) HWY_ATTR {
    const V w = hn::Load(d, weights + k);
    WEIR_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      sums[r] = hn::MulAdd(vectors.Load(d, a + r * lda + k), w, sums[r]);
    }
  };
  std::size_t k = 0;
  for (; k + 2 * lanes <= count; k += 2 * lanes) {
    add(k, WholeVectors(), even);
    add(k + lanes, WholeVectors(), odd);
  }
  if (k + lanes <= count) {
    add(k, WholeVectors(), even);
    k += lanes;
  }
  if (k < count) add(k, PartVectors{count - k}, odd);
  WEIR_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    results[r * stride] += hn::GetLane(hn::SumOfLanes(d, hn::Add(even[r], odd[r])));
  }
}

/// Sets the results of some rows to bias + residual.
HWY_INLINE void start_results(const NarrowProduct& p, std::size_t row, std::size_t rows,
                              float* results) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* residual =
        p.epilogue.residual == nullptr ? nullptr : p.epilogue.residual + (row + r) * p.ldc;
    for (std::size_t c = 0; c < p.shape.columns; ++c) {
      const float bias = p.epilogue.bias == nullptr ? 0.0F : p.epilogue.bias[c];
      *results++ = residual == nullptr ? bias : bias + residual[c];
    }
  }
}

/// Adds a block's products of some rows with one column to their results.
HWY_INLINE void add_block(const NarrowProduct& p, std::size_t column, InnerBlock block,
                          const float* weights, std::size_t row, std::size_t rows, float* results) {
  const std::size_t columns = p.shape.columns;
  const float* a = p.a + row * p.lda + block.begin;
  results += column;
  std::size_t r = 0;
  for (; r + kChains <= rows; r += kChains) {
    add_products<kChains>(a + r * p.lda, p.lda, weights, block.count, results + r * columns,
                          columns);
  }
  for (; r < rows; ++r) {
    add_products<1>(a + r * p.lda, p.lda, weights, block.count, results + r * columns, columns);
  }
}

void run_rows(const NarrowProduct& p, std::size_t begin, std::size_t end) {
  float results[kRowsAtOnce * kNarrowColumns];
  HWY_ALIGN float room[kBlockInner];
  const std::size_t inner = p.shape.inner;
  const std::size_t columns = p.shape.columns;
  for (std::size_t row = begin; row < end; row += kRowsAtOnce) {
    const std::size_t rows = std::min(kRowsAtOnce, end - row);
    start_results(p, row, rows, results);
    for (std::size_t k = 0; k < inner; k += kBlockInner) {
      const InnerBlock block{k, std::min(kBlockInner, inner - k)};
      for (std::size_t c = 0; c < columns; ++c) {
        add_block(p, c, block, column_weights(p, c, block, room), row, rows, results);
      }
    }
    if (!p.epilogue.activation.is_identity()) {
      MapUnary(results, results, rows * columns, p.epilogue.activation);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      float* out = p.out + (row + r) * p.ldc;
      for (std::size_t c = 0; c < columns; ++c) out[c] = results[r * columns + c];
    }
  }
}

void NarrowProductKernel(const MatmulShape& shape, const float* a, std::size_t lda,
                         const float* packed, NarrowLayout layout, float* c, std::size_t ldc,
                         const Epilogue& epilogue, const ThreadPool& pool) {
  const NarrowProduct p{shape, a, lda, packed, layout, c, ldc, epilogue};
  for_rows(pool, shape.rows, shape.inner * shape.columns,
           [&](std::size_t begin, std::size_t end) { run_rows(p, begin, end); });
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(NarrowProductKernel);

void narrow_product(const MatmulShape& shape, const float* a, std::size_t lda, const float* packed,
                    NarrowLayout layout, float* c, std::size_t ldc, const Epilogue& epilogue,
                    const ThreadPool& pool) {
  HWY_DYNAMIC_DISPATCH(NarrowProductKernel)(shape, a, lda, packed, layout, c, ldc, epilogue, pool);
}

void pack_columns_rows(const float* w, const float* column_scale, std::size_t first,
                       std::size_t rows, std::size_t inner, std::size_t columns, float* packed) {
  const std::size_t stride = packed_columns_floats(inner, 1);
  for (std::size_t c = 0; c < columns; ++c) {
    const float scale = column_scale == nullptr ? 1.0F : column_scale[c];
    float* column = packed + c * stride;
    for (std::size_t r = 0; r < rows; ++r) column[first + r] = w[r * columns + c] * scale;
    if (first + rows == inner) std::fill(column + inner, column + stride, 0.0F);
  }
}

}  // namespace weir::kernels
#endif
