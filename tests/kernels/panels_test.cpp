#include "kernels/panels.h"

#include "kernels/convolution.h"
#include "kernels/matmul.h"
#include "kernels/product.h"
#include "kernels/products_testing.h"

namespace weir::kernels {
namespace {

/// The nearer of the two bfloat16 numbers around a number; of two that are as near, the even one.
float nearest_bfloat16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  const std::uint32_t below_bits = bits & 0xFFFF0000U;
  const std::uint32_t above_bits = below_bits + 0x10000U;
  float below = 0;
  float above = 0;
  std::memcpy(&below, &below_bits, sizeof(below));
  std::memcpy(&above, &above_bits, sizeof(above));
  const float to_below = std::abs(value - below);
  const float to_above = std::abs(above - value);
  if (to_below == to_above) return (below_bits & 0x10000U) == 0 ? below : above;
  return to_below < to_above ? below : above;
}

/// Weights (rows x columns, times their column's scale) as they are once they have been kept as
/// `dtype`.
std::vector<float> rounded(DType dtype, std::vector<float> w, const float* scale,
                           std::size_t columns) {
  const std::size_t rows = w.size() / columns;
  for (std::size_t c = 0; c < columns; ++c) {
    float largest = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      w[r * columns + c] *= scale == nullptr ? 1.0F : scale[c];
      largest = std::max(largest, std::abs(w[r * columns + c]));
    }
    for (std::size_t r = 0; r < rows; ++r) {
      float& weight = w[r * columns + c];
      const float step = largest / 127;
      weight = dtype == DType::kBFloat16 ? nearest_bfloat16(weight)
                                         : std::nearbyint(weight / step) * step;
    }
  }
  return w;
}

AlignedBuffer pack(DType dtype, const std::vector<float>& w, const float* scale,
                   const ProductShape& shape) {
  const std::size_t width = shape.groups * shape.columns;
  const std::size_t group_bytes = packed_product_bytes(shape.inner, shape.columns, dtype);
  AlignedBuffer packed(shape.groups * group_bytes);
  std::vector<float> largest(width);
  find_largest({w.data(), width, 1}, scale, shape.inner, width, largest.data());
  const std::size_t half = shape.inner / 2;
  for (std::size_t group = 0; group < shape.groups; ++group) {
    const std::size_t column = group * shape.columns;
    for (const auto& [first, rows] : {std::pair(half, shape.inner - half), {0, half}}) {
      pack_product_rows_as(dtype, {w.data() + first * width + column, width, 1},
                           scale == nullptr ? nullptr : scale + column, largest.data() + column,
                           first, rows, shape, packed.data() + group * group_bytes);
    }
  }
  return packed;
}

constexpr DType kTypes[] = {DType::kBFloat16, DType::kInt8};

/// The product with weights that are kept as each type has the bits of that with floats of their
/// values.
void expect_same_bits_as_floats(const MatmulShape& shape, const EpilogueCase& options) {
  SCOPED_TRACE(::testing::Message()
               << shape.rows << " x " << shape.inner << " x " << shape.columns);
  const auto a = random_floats(shape.rows * shape.inner, 1);
  const auto w = random_floats(shape.inner * shape.columns, 2);
  const EpilogueData data(options, shape.rows, shape.columns, 5);
  for (const DType dtype : kTypes) {
    SCOPED_TRACE(to_string(dtype));
    const auto values = rounded(dtype, w, data.scale(), shape.columns);
    AlignedBuffer floats(packed_matmul_bytes(shape.inner, shape.columns));
    pack_matmul(values.data(), nullptr, shape.inner, shape.columns, floats.as<float>().data());
    const AlignedBuffer kept = pack(dtype, w, data.scale(), {1, 0, shape.inner, shape.columns});
    for_each_isa([&] {
      for (const auto& pool : test_pools()) {
        const AlignedBuffer scratch(
            decoding_bytes(shape.inner, shape.columns, dtype, pool->size()));
        GappedRows expected = data.fresh_output();
        matmul(shape, a.data(), shape.inner, floats.as<float>().data(), expected.data(),
               expected.stride, data.epilogue(expected), *pool);
        GappedRows actual = data.fresh_output();
        matmul(shape, a.data(), shape.inner, {kept.data(), dtype}, actual.data(), actual.stride,
               data.epilogue(actual), *pool, scratch.data());
        expect_same_bits(actual.values.data(), expected.values.data(), expected.values.size());
      }
    });
  }
}

TEST(Panels, OfOtherTypesMultiplyAsFloatsOfTheirValues) {
  for (const std::size_t rows : {1, 2, 5, 14, 31, 130}) {
    for (const std::size_t columns : {5, 16, 37, 64, 131}) {
      expect_same_bits_as_floats({rows, 19, columns}, {.bias = true});
    }
  }
  for (const std::size_t inner : {1, 255, 256, 1024, 1025, 2100}) {
    expect_same_bits_as_floats({1, inner, 70}, {.bias = true, .scale = true});
    expect_same_bits_as_floats({3, inner, 70}, {.bias = true, .scale = true});
    expect_same_bits_as_floats({40, inner, 70}, {.residual = true, .in_place = true});
  }
}

TEST(Panels, OfOtherTypesTakeEveryEpilogue) {
  for (const EpilogueCase& options : epilogue_cases()) {
    expect_same_bits_as_floats({1, 1100, 37}, options);
    expect_same_bits_as_floats({29, 300, 37}, options);
  }
}

TEST(Panels, OfOtherTypesServeConvolutions) {
  for (const std::size_t groups : {1, 3}) {
    const ConvolutionShape shape{.batch = 2,
                                 .in = {1, 13, 40},
                                 .out = {1, 13, 40},
                                 .in_channels = 12,
                                 .out_channels = 63,
                                 .groups = groups,
                                 .window = {.kernel = {1, 3, 3}, .pad_before = {0, 1, 1}}};
    const ProductShape product = product_shape(shape);
    const auto in = random_floats(shape.batch * volume(shape.in) * shape.in_channels, 1);
    const auto w = random_floats(product.inner * shape.out_channels, 2);
    const std::size_t outputs = shape.batch * volume(shape.out) * shape.out_channels;
    for (const DType dtype : kTypes) {
      const auto values = rounded(dtype, w, nullptr, shape.out_channels);
      AlignedBuffer floats(packed_convolution_bytes(shape));
      pack_convolution(shape, values.data(), nullptr, floats.as<float>().data());
      const AlignedBuffer kept = pack(dtype, w, nullptr, product);
      for_each_isa([&] {
        for (const auto& pool : test_pools()) {
          const AlignedBuffer scratch(convolution_scratch_bytes(shape, pool->size(), dtype));
          const auto run = [&](const Panels& weights) {
            std::vector<float> out(outputs);
            convolution(shape, in.data(), shape.in_channels, weights, out.data(),
                        shape.out_channels, {}, scratch.data(), *pool);
            return out;
          };
          const auto expected = run(floats.as<float>().data());
          const auto actual = run({kept.data(), dtype});
          expect_same_bits(actual.data(), expected.data(), outputs);
        }
      });
    }
  }
}

TEST(Panels, OfInt8KeepColumnsOfZerosAndThoseThatAreNoNumbers) {
  constexpr std::size_t kColumns = 5;
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> w = {0, inf, 1, nan, 1e-44F,  //
                                0, 1,   2, 1,   1e-45F};
  const AlignedBuffer kept = pack(DType::kInt8, w, nullptr, {1, 0, 2, kColumns});
  const AlignedBuffer scratch(decoding_bytes(2, kColumns, DType::kInt8, 1));
  const float a[] = {1, 1};
  float out[kColumns];
  matmul({1, 2, kColumns}, a, 2, {kept.data(), DType::kInt8}, out, kColumns, {}, *test_pools()[0],
         scratch.data());
  EXPECT_EQ(out[0], 0);
  EXPECT_FALSE(std::isfinite(out[1]));
  EXPECT_NEAR(out[2], 3, 2.0F / 127);
  EXPECT_TRUE(std::isnan(out[3]));
  EXPECT_NEAR(out[4], 0, 1e-43F);
}

}  // namespace
}  // namespace weir::kernels
