#include "kernels/matmul.h"

#include "kernels/narrow_product.h"
#include "kernels/products_testing.h"
#include "kernels/reference/products.h"

namespace weir::kernels {
namespace {

/// Weights packed, and the product as a function of the rows.
class PackedMatrix {
 public:
  PackedMatrix(const std::vector<float>& w, const float* scale, std::size_t inner,
               std::size_t columns)
      : inner_(inner), columns_(columns), packed_(packed_matmul_bytes(inner, columns)) {
    pack_matmul(w.data(), scale, inner, columns, packed_.as<float>().data());
  }

  void multiply(std::size_t rows, const float* a, std::size_t lda, float* c, std::size_t ldc,
                const Epilogue& epilogue, const ThreadPool& pool) const {
    const MatmulShape shape{rows, inner_, columns_};
    matmul(shape, a, lda, packed_.as<float>().data(), c, ldc, epilogue, pool);
  }

 private:
  std::size_t inner_;
  std::size_t columns_;
  AlignedBuffer packed_;
};

void expect_like_reference(const MatmulShape& shape, const EpilogueCase& options) {
  SCOPED_TRACE(::testing::Message()
               << shape.rows << " x " << shape.inner << " x " << shape.columns);
  const std::size_t lda = shape.inner + 3;
  const auto a = random_floats(shape.rows * lda + 1, 1);
  const auto w = random_floats(shape.inner * shape.columns, 2);
  const EpilogueData data(options, shape.rows, shape.columns, 5);
  GappedRows expected = data.fresh_output();
  reference::matmul(shape, a.data() + 1, lda, w.data(), data.scale(), expected.data(),
                    expected.stride, data.epilogue(expected));
  const PackedMatrix packed(w, data.scale(), shape.inner, shape.columns);
  for_each_isa([&] {
    for (const auto& pool : test_pools()) {
      GappedRows actual = data.fresh_output();
      packed.multiply(shape.rows, a.data() + 1, lda, actual.data(), actual.stride,
                      data.epilogue(actual), *pool);
      expect_near(actual, expected, chain_tolerance(shape.inner));
    }
  });
}

TEST(Matmul, AgreesWithItsTwinAtAwkwardSizes) {
  const std::size_t sizes[] = {1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 33, 65};
  for (const std::size_t rows : sizes) {
    for (const std::size_t columns : sizes) {
      expect_like_reference({rows, (rows * 7 + columns) % 19 + 1, columns}, {.bias = true});
    }
  }
}

TEST(Matmul, AgreesWithItsTwinInTilesOfAnyShape) {
  for (std::size_t rows = 1; rows <= 15; ++rows) {
    for (const std::size_t columns : {64, 80, 90, 96, 100, 112, 128, 130, 144, 150}) {
      expect_like_reference({rows, 9, columns}, {.bias = true, .residual = true});
    }
  }
}

TEST(Matmul, AgreesWithItsTwinAcrossBlocks) {
  for (const std::size_t inner : {255, 256, 257, 600, 1024, 1025, 2100}) {
    expect_like_reference({15, inner, 33}, {.bias = true, .activation = relu()});
  }
  expect_like_reference({113, 300, 48}, {.bias = true});
  expect_like_reference({225, 20, 130}, {.bias = true});
}

TEST(Matmul, OfFewColumnsAgreesWithItsTwin) {
  for (const std::size_t columns : {1, 2, 3, 4}) {
    for (const std::size_t inner : {16, 17, 63, 64, 65, 128, 255, 256, 257, 515}) {
      for (const std::size_t rows : {1, 2, 3, 4, 5, 127, 128, 130}) {
        expect_like_reference({rows, inner, columns}, {.bias = true});
      }
    }
    for (const EpilogueCase& options : epilogue_cases()) {
      expect_like_reference({9, 70, columns}, options);
    }
  }
}

TEST(Matmul, AppliesEveryEpilogue) {
  for (const EpilogueCase& options : epilogue_cases()) {
    for (const MatmulShape& shape :
         {MatmulShape{1, 20, 37}, MatmulShape{29, 20, 37}, MatmulShape{30, 530, 16}}) {
      expect_like_reference(shape, options);
    }
  }
}

TEST(Matmul, OfNoInnerElementsIsTheBias) {
  expect_like_reference({5, 0, 19}, {.bias = true, .residual = true, .activation = relu()});
}

TEST(Matmul, HasTheSameBitsForAnyRowsAndThreads) {
  for (const MatmulShape& shape :
       {MatmulShape{131, 290, 70}, MatmulShape{40, 2100, 131}, MatmulShape{300, 290, 2}}) {
    const auto a = random_floats(shape.rows * shape.inner, 1);
    const auto w = random_floats(shape.inner * shape.columns, 2);
    const auto bias = random_floats(shape.columns, 3);
    const PackedMatrix packed(w, nullptr, shape.inner, shape.columns);
    const Epilogue epilogue{.bias = bias.data(), .activation = {UnaryKind::kGelu}};
    for_each_isa([&] {
      std::vector<float> whole(shape.rows * shape.columns);
      packed.multiply(shape.rows, a.data(), shape.inner, whole.data(), shape.columns, epilogue,
                      *test_pools()[0]);
      for (const auto& pool : test_pools()) {
        for (const std::size_t rows : {std::size_t{1}, std::size_t{2}, std::size_t{3},
                                       std::size_t{6}, std::size_t{17}, shape.rows}) {
          std::vector<float> part(rows * shape.columns);
          const std::size_t first = shape.rows - rows;
          packed.multiply(rows, a.data() + first * shape.inner, shape.inner, part.data(),
                          shape.columns, epilogue, *pool);
          expect_same_bits(part.data(), whole.data() + first * shape.columns, part.size());
        }
      }
    });
  }
}

TEST(Matmul, LetsNaNThroughReluLikeKeras) {
  const std::vector<float> a = {std::numeric_limits<float>::quiet_NaN()};
  const std::vector<float> w(16, 1.0F);
  const PackedMatrix packed(w, nullptr, 1, 16);
  for_each_isa([&] {
    std::vector<float> c(16);
    packed.multiply(1, a.data(), 1, c.data(), 16, {.activation = relu()}, *test_pools()[0]);
    EXPECT_TRUE(std::isnan(c[0]));
  });
}

TEST(NarrowProduct, HasTheSameBitsFromColumnsAsFromPanels) {
  for (const std::size_t inner : {16, 17, 64, 200, 1000}) {
    for (std::size_t columns = 1; columns <= kNarrowColumns; ++columns) {
      for (const std::size_t rows : {1, 3, 200}) {
        SCOPED_TRACE(::testing::Message() << rows << " x " << inner << " x " << columns);
        const auto a = random_floats(rows * inner, 1);
        const auto w = random_floats(inner * columns, 2);
        const auto scale = random_floats(columns, 3);
        const AlignedBuffer panels(packed_matmul_bytes(inner, columns));
        pack_matmul(w.data(), scale.data(), inner, columns, panels.as<float>().data());
        const AlignedBuffer by_column(packed_columns_floats(inner, columns) * sizeof(float));
        float* const packed = by_column.as<float>().data();
        const std::size_t half = inner / 2;  // In two parts, as large kernels are.
        pack_columns_rows(w.data(), scale.data(), 0, half, inner, columns, packed);
        pack_columns_rows(w.data() + half * columns, scale.data(), half, inner - half, inner,
                          columns, packed);
        for_each_isa([&] {
          std::vector<float> expected(rows * columns);
          std::vector<float> actual(rows * columns);
          for (const auto& pool : test_pools()) {
            narrow_product({rows, inner, columns}, a.data(), inner, panels.as<float>().data(),
                           NarrowLayout::kPanels, expected.data(), columns, {}, *pool);
            narrow_product({rows, inner, columns}, a.data(), inner, packed, NarrowLayout::kColumns,
                           actual.data(), columns, {}, *pool);
            EXPECT_EQ(actual, expected);
          }
        });
      }
    }
  }
}

}  // namespace
}  // namespace weir::kernels
