#include "ops/resize.h"

#include <gtest/gtest.h>

#include "ops/run_operation.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

/// What tf.image.resize does to each unit vector: rows are outputs, columns are inputs.
struct FilterCase {
  ResizeMethod method;
  bool antialias;
  std::vector<std::vector<double>> expected;
};

class ResizeFilter : public ::testing::TestWithParam<FilterCase> {};

TEST_P(ResizeFilter, EqualsTensorFlows) {
  const auto& [method, antialias, expected] = GetParam();
  const auto filter = resize_filter(method, expected[0].size(), expected.size(), antialias);
  ASSERT_EQ(filter.taps.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::vector<double> row(expected[0].size(), 0.0);
    for (std::size_t k = 0; k < filter.taps[i].count; ++k) {
      row.at(filter.taps[i].first + k) += filter.weights.at(filter.taps[i].first_weight + k);
    }
    for (std::size_t j = 0; j < row.size(); ++j) {
      EXPECT_NEAR(row[j], expected[i][j], 1e-6) << "output " << i << ", input " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Methods, ResizeFilter,
    ::testing::Values(
        FilterCase{ResizeMethod::kBilinear,
                   false,
                   {{1, 0, 0}, {0.6, 0.4, 0}, {0, 1, 0}, {0, 0.3999999, 0.6000001}, {0, 0, 1}}},
        FilterCase{ResizeMethod::kBilinear,
                   true,
                   {{0.5714286, 0.4285714, 0, 0, 0},
                    {0, 0.2222222, 0.5555556, 0.2222222, 0},
                    {0, 0, 0, 0.4285715, 0.5714285}}},
        FilterCase{ResizeMethod::kBilinearCorners,
                   false,
                   {{1, 0, 0}, {0.5, 0.5, 0}, {0, 1, 0}, {0, 0.5, 0.5}, {0, 0, 1}}},
        FilterCase{ResizeMethod::kBilinearCorners, false, {{1, 0, 0}}},
        FilterCase{ResizeMethod::kBicubic,
                   false,
                   {{1.065889, -0.06588884, 0, 0},
                    {0.5294118, 0.5294118, -0.05882353, 0},
                    {-0.05793811, 0.9372692, 0.1322837, -0.01161479},
                    {-0.01161479, 0.1322837, 0.9372692, -0.05793811},
                    {0, -0.05882353, 0.5294118, 0.5294118},
                    {0, 0, -0.06588884, 1.065889}}},
        FilterCase{ResizeMethod::kBicubic,
                   true,
                   {{0.5846154, 0.4461538, 0, -0.03076929, 0},
                    {-0.03720938, 0.2465117, 0.5813954, 0.2465117, -0.03720938},
                    {0, -0.03076929, 0, 0.4461539, 0.5846153}}},
        FilterCase{ResizeMethod::kLanczos3,
                   false,
                   {{0.8809049, 0.1554436, -0.03939666, 0.003048111},
                    {-0.1428571, 0.6428571, 0.6428571, -0.1428571},
                    {0.003048101, -0.03939658, 0.1554434, 0.8809052}}},
        FilterCase{ResizeMethod::kLanczos5,
                   true,
                   {{1.063048, -0.1086347, 0.04558725},
                    {0.4378358, 0.7419153, -0.1797512},
                    {-0.1797512, 0.7419153, 0.4378358},
                    {0.04558725, -0.1086347, 1.063048}}},
        FilterCase{ResizeMethod::kArea,
                   false,
                   {{0.6, 0.4, 0, 0, 0}, {0, 0.2, 0.6, 0.2, 0}, {0, 0, 0, 0.4000001, 0.6}}},
        FilterCase{ResizeMethod::kGaussian,
                   false,
                   {{0.7913915, 0.2086085, 0, 0}, {0, 0.5, 0.5, 0}, {0, 0, 0.2086084, 0.7913916}}},
        FilterCase{ResizeMethod::kMitchellCubic,
                   false,
                   {{0.8333758, 0.1740352, -0.007411032, 0},
                    {-0.03472208, 0.5347221, 0.5347221, -0.03472208},
                    {0, -0.007411271, 0.1740351, 0.8333762}}}));

TEST(Resize, BlendsRowsAndColumns) {
  EXPECT_EQ(run_operation(make_resize(ResizeMethod::kBilinear, 1, 4), {counting({1, 2, 2, 1})}),
            floats({1, 1, 4, 1}, {1, 1.25, 1.75, 2}));
}

TEST(Resize, ByTheNearestPixelTakesAnyType) {
  const graph::ValueType ints{DType::kInt32, {1, 2, 2, 1}};
  EXPECT_EQ(make_resize(ResizeMethod::kNearest, 4, 4)->infer({&ints, 1})[0].dtype, DType::kInt32);
  EXPECT_THROW(make_resize(ResizeMethod::kBilinear, 4, 4)->infer({&ints, 1}), Error);
}

TEST(Resize, RefusesAnEmptyTarget) {
  EXPECT_THROW(make_resize(ResizeMethod::kBilinear, 0, 4), Error);
}

}  // namespace
}  // namespace weir::ops
