#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/data_flow.h"

namespace weir::plan {

/// Memory of a partial order: which steps have run, what is alive, the peak so far. An estimate in
/// one respect: only outputs that have exactly the size of a dying input go in place. Small to
/// copy: a bit a step.
class MemoryState {
 public:
  /// What running a step would do.
  struct Effect {
    std::size_t peak = 0;   ///< of the order so far and this step
    std::size_t alive = 0;  ///< after the step
  };

  /// Nothing has run; the model's inputs are alive. `flow` must outlive the state.
  explicit MemoryState(const DataFlow& flow);

  bool has_run(StepId step) const { return (ran_[step / 64] >> (step % 64) & 1) != 0; }
  /// All predecessors of `step` have run.
  bool ready(StepId step) const;
  Effect look(StepId step) const;
  void run(StepId step, const Effect& effect);

  std::size_t peak() const { return peak_; }
  std::size_t alive() const { return alive_; }

 private:
  bool begins_at(BufferId buffer, StepId step) const;
  bool ends_at(BufferId buffer, StepId step) const;
  std::size_t handed_over(StepId step) const;

  const DataFlow* flow_;
  std::vector<std::uint64_t> ran_;
  std::size_t alive_ = 0;
  std::size_t peak_ = 0;
};

}  // namespace weir::plan
