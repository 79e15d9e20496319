#include "kernels/peak.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "products_testing.h"

namespace weir::kernels {
namespace {

TEST(Peak, SumsEveryFloatOnce) {
  for_each_isa([] {
    for (const std::size_t count : {0, 1, 7, 64, 127, 128, 129, 1000}) {
      std::vector<float> values(count + 1);
      std::iota(values.begin(), values.end(), 0.0F);
      const auto sum = static_cast<float>(count * (count + 1) / 2);  // Exact: small whole numbers.
      EXPECT_EQ(sum_floats({values.data() + 1, count}), sum) << count;
    }
  });
}

TEST(Peak, RatesArePositive) {
  const ThreadPool pool(2);
  EXPECT_GT(measure_peak(pool, 0.001), 0.0);
  EXPECT_GT(measure_bandwidth(pool, 0.001), 0.0);
}

}  // namespace
}  // namespace weir::kernels
