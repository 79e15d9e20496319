#include "base/denormals.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>

namespace weir {
namespace {

/// Half of the smallest normal number, computed at run time.
float half_of_smallest() {
  volatile float smallest = std::numeric_limits<float>::min();
  return smallest * 0.5F;
}

TEST(Denormals, AreZerosWhileTheGuardLives) {
  EXPECT_GT(half_of_smallest(), 0);
  {
    const DenormalsGuard guard(Denormals::kZeros);
    EXPECT_EQ(half_of_smallest(), 0);
  }
  EXPECT_GT(half_of_smallest(), 0);
}

TEST(Denormals, AreExactAgainWithin) {
  const DenormalsGuard outer(Denormals::kZeros);
  {
    const DenormalsGuard inner(Denormals::kExact);
    EXPECT_GT(half_of_smallest(), 0);
  }
  EXPECT_EQ(half_of_smallest(), 0);
}

TEST(Denormals, LeaveNoTraceOfWhatWasRounded) {
  std::feclearexcept(FE_ALL_EXCEPT);
  {
    const DenormalsGuard guard(Denormals::kZeros);
    half_of_smallest();
  }
  EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT), 0);
}

}  // namespace
}  // namespace weir
