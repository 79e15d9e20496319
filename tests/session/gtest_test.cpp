#include "weir/gtest.h"

#include <gtest/gtest-spi.h>

#include <memory>
#include <vector>

namespace weir {
namespace {

TEST(ExpectNoAllocations, PassesWhereThereAreNone) {
  int sum = 0;
  EXPECT_NO_ALLOCATIONS { sum += 1; }
  EXPECT_EQ(sum, 1);
}

TEST(ExpectNoAllocations, FailsForOne) {
  EXPECT_NONFATAL_FAILURE(
      {
        std::unique_ptr<int> kept;
        EXPECT_NO_ALLOCATIONS { kept = std::make_unique<int>(1); }
      },
      "heap allocations, expected none");
}

TEST(ExpectLevel, RunsItsStepsAndPassesWhereMemoryStays) {
  int steps = 0;
  EXPECT_LEVEL(1000) { ++steps; }
  EXPECT_EQ(steps, 1000);
}

TEST(ExpectLevel, FailsWhereMemoryGrows) {
  EXPECT_NONFATAL_FAILURE(
      {
        std::vector<std::vector<char>> kept;
        EXPECT_LEVEL(1000) { kept.emplace_back(2000, 'x'); }
      },
      "memory grows");
}

}  // namespace
}  // namespace weir
