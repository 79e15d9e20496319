#pragma once

#include "plan/plan.h"
#include "plan/problem.h"

namespace weir::plan {

/// Checks a plan against its problem from first principles, sharing no code with the planner.
/// Throws kInternal, naming step and tensors, when two things alive at once overlap, a step runs
/// before its producer or twice, a block is misaligned or outside the arena, a view is not in its
/// base, a tensor overwrites in place what is still needed, or a number in the plan is not what the
/// problem says. O(n log n) in the reads and writes, but for lives. Thread-safe.
void validate(const Problem& problem, const Plan& plan);

}  // namespace weir::plan
