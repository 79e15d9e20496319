#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "plan/problem.h"

namespace weir::plan {

/// Index into DataFlow::buffers.
using BufferId = std::uint32_t;

/// Where a tensor lies: bytes from `offset` of a buffer.
struct Region {
  BufferId buffer = 0;
  std::size_t offset = 0;
};

/// A tensor that is nobody's view, together with all its views: bytes that must stay side by side.
struct Buffer {
  TensorId root = 0;          ///< the tensor that is nobody's view
  std::size_t size = 0;       ///< rounded up to the alignment
  bool starts_alive = false;  ///< holds a model input
  bool stays_alive = false;   ///< holds a model output
  std::vector<StepId> users;  ///< steps that read or write it, ascending, each once
};

/// `from` may become `to` without a copy at a step where `from` is last used and `to` first used.
struct HandOver {
  BufferId from = 0;
  BufferId to = 0;
};

/// What of a step matters for the order.
struct StepFlow {
  std::vector<StepId> predecessors;  ///< steps that must run earlier, ascending, each once
  std::vector<StepId> successors;
  std::vector<BufferId> buffers;     ///< read or written, each once
  std::vector<HandOver> hand_overs;  ///< in-place permissions between buffers of one size
  std::size_t scratch = 0;           ///< rounded up to the alignment
};

/// A problem with views resolved: buffers, their users, and which step must precede which.
struct DataFlow {
  std::size_t alignment = 1;
  std::vector<View> views;      ///< of the problem, a view of a view after the one it looks into
  std::vector<Region> regions;  ///< by TensorId
  std::vector<Buffer> buffers;
  std::vector<StepFlow> steps;  ///< by StepId
};

/// Checks the problem and resolves it. Two steps depend on each other when both touch the same
/// bytes and at least one writes them: they keep their given order. Throws kInternal for a problem
/// that contradicts itself, kLimit when the sum of all sizes does not fit; no later sum of sizes
/// can overflow then.
DataFlow analyse(const Problem& problem, std::size_t alignment);

/// The same problem with time running backwards: an order of it, reversed, is an order of `flow`
/// with the same memory at every step.
DataFlow reversed(DataFlow flow);

}  // namespace weir::plan
