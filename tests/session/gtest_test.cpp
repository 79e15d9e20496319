#include "weir/gtest.h"

#include <gtest/gtest-spi.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "base/memory.h"

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

// Pages from the kernel: what earlier tests have freed would do for an allocator.
TEST(ExpectLevel, FailsWhereMemoryGrows) {
  EXPECT_NONFATAL_FAILURE(
      {
        std::vector<AlignedBuffer> kept;
        EXPECT_LEVEL(1000) {
          kept.emplace_back(4096);
          kept.back().data()[0] = std::byte{1};
        }
      },
      "memory grows");
}

}  // namespace
}  // namespace weir
