#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/problem.h"

namespace weir::plan {

/// How a tensor came by its bytes.
enum class Storage : std::uint8_t {
  kOwn,      ///< a block of its own
  kView,     ///< bytes of `Placement::source`, its base
  kInPlace,  ///< the bytes of `Placement::source`, an input of the step that writes it
  kUnused,   ///< nothing reads or writes it: it has no place
};

/// Where a tensor lives, and from when to when.
struct Placement {
  TensorId tensor = 0;
  std::string name;
  std::size_t offset = 0;  ///< bytes from the start of the arena
  std::size_t bytes = 0;
  std::size_t first_step = 0;  ///< position in Plan::order at which its bytes are first written
  std::size_t last_step = 0;   ///< position at which they are last needed (inclusive)
  Storage storage = Storage::kOwn;
  TensorId source = 0;  ///< the tensor itself for kOwn and kUnused

  friend bool operator==(const Placement&, const Placement&) = default;
};

/// Memory of a step that lives only while it runs.
struct Scratch {
  std::size_t offset = 0;
  std::size_t bytes = 0;

  friend bool operator==(const Scratch&, const Scratch&) = default;
};

/// The order of the steps and the place of every tensor in one arena. A value: made once by
/// `make_plan`, then only read; safe to share between threads.
///
/// Model inputs live from position 0, model outputs until the last position.
struct Plan {
  std::vector<StepId> order;          ///< order[position] is the step that runs there
  std::vector<Placement> tensors;     ///< tensors[id]
  std::vector<Scratch> scratch;       ///< scratch[step]: by the step's index in the Problem
  std::size_t alignment = 1;          ///< of every block; a view is where its base puts it
  std::size_t arena_bytes = 0;        ///< a multiple of `alignment`
  std::size_t lower_bound_bytes = 0;  ///< the largest sum of block sizes alive at one step
  std::string order_name;             ///< the heuristic whose order won
  std::string packer_name;            ///< the packer whose offsets won

  /// arena / lower bound; 1 is the best there is for this order. 1 for an empty arena.
  double ratio() const;

  friend bool operator==(const Plan&, const Plan&) = default;
};

/// A table (step, tensor, life, offset, bytes) in the order of execution, then the totals.
std::string to_text(const Plan& plan, const Problem& problem);

}  // namespace weir::plan
