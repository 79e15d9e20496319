#pragma once

#include <cstddef>

#include "plan/plan.h"
#include "plan/problem.h"

namespace weir::plan {

/// Budgets are counts, not times, so that a plan is the same on every machine.
struct Options {
  std::size_t alignment = 64;  ///< of every block: a power of two
  /// Steps of the search for a better order (partial orders looked at); 0 takes the given order.
  std::size_t order_effort = 20'000;
  /// Pairs of blocks that the improving packer may look at for each order whose quick packings miss
  /// the lower bound.
  std::size_t packing_effort = 4'000'000;
};

/// Chooses the order of the steps, which outputs take their input's bytes, and all offsets, for a
/// small arena. Deterministic; the arena of the given order, packed the same way, is never smaller.
/// Throws kInternal for a problem that contradicts itself (ids out of range, a tensor read before
/// it is written, a view outside its base) and kLimit when the sizes overflow. Debug builds
/// validate the result. Thread-safe.
Plan make_plan(const Problem& problem, const Options& options = {});

}  // namespace weir::plan
