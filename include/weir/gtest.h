#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/allocations.h"
#include "weir/growth.h"
#include "weir/memory_size.h"

/// Expectations about memory for GoogleTest. A program that uses them links `weir::weir` and, for
/// `EXPECT_NO_ALLOCATIONS`, `weir::allocations`.
///
///     EXPECT_NO_ALLOCATIONS { session.run(inputs, outputs); }
///     EXPECT_LEVEL(1000) { session.run(inputs, outputs); }
namespace weir::testing {

/// Counts the allocations of all threads between its two looks, and reports them as a failure.
class AllocationWatch {
 public:
  AllocationWatch(const char* file, int line)
      : file_(file), line_(line), before_(allocation_count()) {}
  AllocationWatch(const AllocationWatch&) = delete;
  AllocationWatch& operator=(const AllocationWatch&) = delete;

  /// True the first time.
  bool next() {
    if (!looked_) return looked_ = true;
    const std::uint64_t count = allocation_count() - before_;
    if (count != 0) ADD_FAILURE_AT(file_, line_) << count << " heap allocations, expected none";
    return false;
  }

 private:
  const char* file_;
  int line_;
  std::uint64_t before_;
  bool looked_ = false;
};

/// Looks at resident memory after each of a number of steps, and reports growth as a failure.
class LevelWatch {
 public:
  LevelWatch(std::size_t steps, const char* file, int line)
      : steps_(steps), file_(file), line_(line) {
    // Made and touched now: the series must not grow meanwhile.
    resident_.resize(steps);
    heap_.resize(steps);
  }
  LevelWatch(const LevelWatch&) = delete;
  LevelWatch& operator=(const LevelWatch&) = delete;

  /// True `steps` times.
  bool next() {
    if (begun_ > 0) {
      const auto step = static_cast<double>(begun_);
      resident_[begun_ - 1] = {step, static_cast<double>(resident_bytes())};
      // What the allocator has freed and kept hides growth until it is used up.
      heap_[begun_ - 1] = {step, static_cast<double>(heap_bytes())};
    }
    if (begun_++ < steps_) return true;
    Growth growth = judge_growth(resident_);
    if (!growth.grows()) growth = judge_growth(heap_);
    if (growth.grows()) ADD_FAILURE_AT(file_, line_) << "memory " << to_text(growth);
    return false;
  }

 private:
  std::size_t steps_;
  const char* file_;
  int line_;
  std::size_t begun_ = 0;
  std::vector<GrowthSample> resident_;
  std::vector<GrowthSample> heap_;
};

}  // namespace weir::testing

/// The block behind it, run once, makes no heap allocation in any thread.
#define EXPECT_NO_ALLOCATIONS \
  for (::weir::testing::AllocationWatch weir_watch(__FILE__, __LINE__); weir_watch.next();)

/// The block behind it, run so many times (at least 100, to tell anything), does not make resident
/// memory grow.
#define EXPECT_LEVEL(steps) \
  for (::weir::testing::LevelWatch weir_watch((steps), __FILE__, __LINE__); weir_watch.next();)
