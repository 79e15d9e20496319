#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/blocks.h"
#include "plan/data_flow.h"
#include "plan/plan.h"
#include "plan/problem.h"

namespace weir::plan {

/// From offsets of blocks back to tensors. By TensorId.
std::vector<Placement> place_tensors(const Problem& problem, const DataFlow& flow,
                                     std::span<const StepId> order, const BlockSet& set,
                                     std::span<const std::size_t> offsets);

/// By StepId; steps without scratch get no bytes.
std::vector<Scratch> place_scratch(const Problem& problem, const BlockSet& set,
                                   std::span<const std::size_t> offsets);

}  // namespace weir::plan
