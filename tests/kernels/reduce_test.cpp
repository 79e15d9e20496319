#include "kernels/reduce.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "products_testing.h"

namespace weir::kernels {
namespace {

using Mask = std::array<bool, Shape::kMaxRank>;
using testing::ElementsAre;

/// The elements that make each output, in row-major order: worked out index by index.
std::vector<std::vector<float>> groups_of(const Shape& shape, const Mask& reduces,
                                          const std::vector<float>& x) {
  std::size_t outputs = 1;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (!reduces[axis]) outputs *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<std::vector<float>> groups(outputs);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t rest = i;
    std::size_t output = 0;
    std::size_t stride = 1;
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
      const auto size = static_cast<std::size_t>(shape[axis]);
      if (!reduces[axis]) {
        output += rest % size * stride;
        stride *= size;
      }
      rest /= size;
    }
    groups[output].push_back(x[i]);
  }
  return groups;
}

double variance_of(const std::vector<float>& group) {
  const auto count = static_cast<double>(group.size());
  const double mean = std::accumulate(group.begin(), group.end(), 0.0) / count;
  double sum = 0.0;
  for (const float x : group) sum += (x - mean) * (x - mean);
  return sum / count;
}

double expected(ReduceKind kind, const std::vector<float>& group) {
  const double sum = std::accumulate(group.begin(), group.end(), 0.0);
  double exponentials = 0.0;
  double product = 1.0;
  for (const float x : group) {
    exponentials += std::exp(x);
    product *= x;
  }
  switch (kind) {
    case ReduceKind::kSum:
      return sum;
    case ReduceKind::kMean:
      return sum / static_cast<double>(group.size());
    case ReduceKind::kMaximum:
      return *std::max_element(group.begin(), group.end());
    case ReduceKind::kMinimum:
      return *std::min_element(group.begin(), group.end());
    case ReduceKind::kProduct:
      return product;
    case ReduceKind::kVariance:
      return variance_of(group);
    case ReduceKind::kStandardDeviation:
      return std::sqrt(variance_of(group));
    case ReduceKind::kLogSumExp:
      return std::log(exponentials);
    default:
      return std::nan("");
  }
}

const Shape kShapes[] = {{1},           {77},       {3, 40},        {2, 3, 5, 7},
                         {2, 1, 33, 4}, {4, 65, 3}, {2, 3, 2, 3, 2}};
constexpr ReduceKind kKinds[] = {ReduceKind::kSum,
                                 ReduceKind::kMean,
                                 ReduceKind::kMaximum,
                                 ReduceKind::kMinimum,
                                 ReduceKind::kProduct,
                                 ReduceKind::kVariance,
                                 ReduceKind::kStandardDeviation,
                                 ReduceKind::kLogSumExp};

TEST(Reduce, FoldsAnyAxes) {
  for (const Shape& shape : kShapes) {
    const std::vector<float> x = random_floats(static_cast<std::size_t>(shape.elements()), 1);
    for (unsigned bits = 1; bits < (1U << shape.rank()); ++bits) {
      Mask mask{};
      for (std::size_t axis = 0; axis < shape.rank(); ++axis) mask[axis] = (bits >> axis & 1U) != 0;
      const auto groups = groups_of(shape, mask, x);
      const Reduction reduction = make_reduction(shape, mask);
      for (const ReduceKind kind : kKinds) {
        std::vector<float> y(groups.size());
        reduce(kind, reduction, x.data(), y.data(), *test_pools()[1]);
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], expected(kind, groups[i]), 1e-6)
              << to_string(shape) << " axes " << bits << " kind " << static_cast<int>(kind);
        }
      }
      std::vector<std::int32_t> index(groups.size());
      reduce_to_index(ReduceKind::kArgMinimum, reduction, x.data(), index.data(), *test_pools()[0]);
      for (std::size_t i = 0; i < index.size(); ++i) {
        const auto least = std::min_element(groups[i].begin(), groups[i].end());
        ASSERT_EQ(index[i], least - groups[i].begin());
      }
    }
  }
}

TEST(Reduce, PointsAtTheFirstOfEqualElements) {
  std::vector<float> x(200, 1.0F);
  x[71] = x[150] = x[199] = 2.0F;
  const Reduction reduction = make_reduction(Shape{200}, std::array{true});
  std::int32_t index = -1;
  reduce_to_index(ReduceKind::kArgMaximum, reduction, x.data(), &index, *test_pools()[0]);
  EXPECT_EQ(index, 71);
}

TEST(Reduce, TakesMinusZeroForLessThanZero) {
  const std::vector<float> x{-0.0F, 0.0F, -0.0F, 0.0F};
  const Reduction reduction = make_reduction(Shape{4}, std::array{true});
  std::int32_t index = -1;
  reduce_to_index(ReduceKind::kArgMaximum, reduction, x.data(), &index, *test_pools()[0]);
  EXPECT_EQ(index, 1);
  reduce_to_index(ReduceKind::kArgMinimum, reduction, x.data(), &index, *test_pools()[0]);
  EXPECT_EQ(index, 0);
  reduce_to_index(ReduceKind::kArgMinimum, make_reduction(Shape{3}, std::array{true}), x.data() + 1,
                  &index, *test_pools()[0]);
  EXPECT_EQ(index, 1);
}

TEST(Reduce, SumsWholeNumbersByWrapping) {
  const std::vector<std::int32_t> x{std::numeric_limits<std::int32_t>::max(), 1, -5, 3};
  const Reduction rows = make_reduction(Shape{2, 2}, std::array{false, true});
  std::vector<std::int32_t> y(2);
  reduce(ReduceKind::kSum, rows, x.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, ElementsAre(std::numeric_limits<std::int32_t>::min(), -2));
  reduce(ReduceKind::kMaximum, rows, x.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, ElementsAre(std::numeric_limits<std::int32_t>::max(), 3));
}

TEST(Reduce, AsksForAnyAndForAll) {
  const std::array<bool, 6> x{true, false, false, false, true, true};
  const Reduction rows = make_reduction(Shape{3, 2}, std::array{false, true});
  std::array<bool, 3> y{};
  reduce(ReduceKind::kAny, rows, x.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, ElementsAre(true, false, true));
  reduce(ReduceKind::kAll, rows, x.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, ElementsAre(false, false, true));
}

TEST(Reduce, LetsNaNWin) {
  const std::vector<float> x{1.0F, std::numeric_limits<float>::quiet_NaN(), 3.0F};
  const Reduction all = make_reduction(Shape{3}, std::array{true});
  for (const ReduceKind kind : kKinds) {
    float y = 0.0F;
    reduce(kind, all, x.data(), &y, *test_pools()[0]);
    EXPECT_TRUE(std::isnan(y)) << static_cast<int>(kind);
  }
}

TEST(Reduce, TakesTheLogarithmOfHugeExponentials) {
  const std::vector<float> x{1000.0F, 1000.0F};
  const Reduction all = make_reduction(Shape{2}, std::array{true});
  float y = 0.0F;
  reduce(ReduceKind::kLogSumExp, all, x.data(), &y, *test_pools()[0]);
  EXPECT_FLOAT_EQ(y, 1000.6931F);
}

TEST(Reduce, GivesTheSameBitsForAnyNumberOfThreads) {
  const std::vector<float> x = random_floats(300 * 50 * 70, 5);
  for (const Mask& mask :
       {Mask{false, true, false}, Mask{false, false, true}, Mask{true, false, true}}) {
    const Reduction reduction = make_reduction(Shape{300, 50, 70}, mask);
    std::vector<float> one(300 * 70);
    std::vector<float> three(300 * 70);
    reduce(ReduceKind::kVariance, reduction, x.data(), one.data(), *test_pools()[0]);
    reduce(ReduceKind::kVariance, reduction, x.data(), three.data(), *test_pools()[2]);
    EXPECT_EQ(one, three);
  }
}

}  // namespace
}  // namespace weir::kernels
