#include "kernels/softmax.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "kernels/reference/softmax.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

const ChannelShape kShapes[] = {{4, 1, 1},  {5, 7, 1},   {3, 16, 1}, {2, 1000, 1}, {300, 129, 1},
                                {2, 3, 35}, {1, 50, 16}, {7, 2, 3},  {40, 33, 37}};

TEST(Softmax, AgreesWithTheReference) {
  for_each_isa([] {
    for (const ChannelShape& shape : kShapes) {
      const std::size_t count = shape.outer * shape.channels * shape.inner;
      std::vector<float> x = random_floats(count + 1, 1);
      for (float& value : x) value *= 20.0F;
      for (const bool logarithm : {false, true}) {
        std::vector<float> y(count + 1);
        softmax(shape, logarithm, x.data() + 1, y.data() + 1, *test_pools()[1]);
        std::vector<float> expected(count + 1);
        reference::softmax(shape, logarithm, x.data() + 1, expected.data() + 1);
        for (std::size_t i = 1; i <= count; ++i) {
          ASSERT_NEAR(y[i], expected[i], 3e-6 * std::abs(expected[i]) + (logarithm ? 1e-6 : 1e-30))
              << shape.outer << " x " << shape.channels << " x " << shape.inner << " at " << i;
        }
      }
    }
  });
}

TEST(Softmax, TakesHugeAndInfiniteInputs) {
  const std::vector<float> x{1e30F, -std::numeric_limits<float>::infinity(), 1e30F, -1e30F};
  std::vector<float> y(4);
  softmax({1, 4, 1}, false, x.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, testing::ElementsAre(0.5F, 0.0F, 0.5F, 0.0F));
}

TEST(Softmax, SpreadsNaNOverItsRowOnly) {
  std::vector<float> x(2 * 21, 1.0F);
  x[18] = std::numeric_limits<float>::quiet_NaN();
  softmax({2, 21, 1}, false, x.data(), x.data(), *test_pools()[0]);
  for (std::size_t i = 0; i < 21; ++i) EXPECT_TRUE(std::isnan(x[i])) << i;
  for (std::size_t i = 21; i < 42; ++i) EXPECT_FLOAT_EQ(x[i], 1.0F / 21.0F) << i;
}

TEST(Softmax, GivesTheSameBitsForAnyNumberOfThreads) {
  const ChannelShape shape{1000, 77, 1};
  const std::vector<float> x = random_floats(1000 * 77, 4);
  std::vector<float> one(x.size());
  std::vector<float> three(x.size());
  softmax(shape, false, x.data(), one.data(), *test_pools()[0]);
  softmax(shape, false, x.data(), three.data(), *test_pools()[2]);
  EXPECT_EQ(one, three);
}

/// With a support of one element, Keras's threshold is the sparsemax of the literature.
TEST(Sparsemax, GivesAllToAClearWinner) {
  const ChannelShape shape{2, 4, 3};
  std::vector<float> x(24, 0.0F);
  for (std::size_t column = 0; column < 6; ++column) {
    x[column / 3 * 12 + (column % 4) * 3 + column % 3] = 2.0F;
  }
  std::vector<float> y(24);
  std::vector<float> scratch(sparsemax_scratch_bytes(4, 3) / sizeof(float));
  sparsemax(shape, x.data(), y.data(), scratch.data(), *test_pools()[2]);
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(y[i], x[i] / 2.0F) << i;
}

}  // namespace
}  // namespace weir::kernels
