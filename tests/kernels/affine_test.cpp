#include "kernels/affine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/reference/affine.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

const ChannelShape kShapes[] = {{5, 3, 1},  {9, 17, 1},  {1, 1, 1},    {2000, 24, 1},
                                {3, 5, 19}, {1, 64, 49}, {2, 700, 101}};

TEST(ChannelAffine, AgreesWithTheReference) {
  for_each_isa([] {
    for (const ChannelShape& shape : kShapes) {
      const std::size_t count = shape.outer * shape.channels * shape.inner;
      const std::vector<float> x = random_floats(count + 1, 1);
      const std::vector<float> scale = random_floats(shape.channels, 2);
      const std::vector<float> shift = random_floats(shape.channels, 3);
      std::vector<float> y(count + 1);
      channel_affine(shape, x.data() + 1, scale.data(), shift.data(), y.data() + 1, relu(0.3F),
                     *test_pools()[1]);
      std::vector<float> expected(count + 1);
      reference::channel_affine(shape, x.data() + 1, scale.data(), shift.data(),
                                expected.data() + 1, relu(0.3F));
      for (std::size_t i = 1; i <= count; ++i) ASSERT_NEAR(y[i], expected[i], 3e-7) << i;
    }
  });
}

TEST(GatedLinear, AgreesWithTheReference) {
  for_each_isa([] {
    for (const ChannelShape& shape : kShapes) {
      const std::size_t count = shape.outer * shape.channels * shape.inner;
      const std::vector<float> x = random_floats(2 * count, 1);
      std::vector<float> y(count);
      gated_linear(shape, x.data(), y.data(), *test_pools()[1]);
      std::vector<float> expected(count);
      reference::gated_linear(shape, x.data(), expected.data());
      for (std::size_t i = 0; i < count; ++i) ASSERT_NEAR(y[i], expected[i], 2e-7) << i;
    }
  });
}

}  // namespace
}  // namespace weir::kernels
