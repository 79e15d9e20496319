#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "exec/program.h"
#include "exec/weight_parts.h"

namespace weir::exec {

/// Runs a program in an arena. All pointers are computed beforehand: `run` allocates nothing and
/// checks nothing. One thread at a time.
class Executor {
 public:
  /// The pool has as many threads as the program was prepared for. `move_to` an arena first.
  Executor(std::shared_ptr<const Program> program, ThreadPool pool);

  const Program& program() const { return *program_; }

  /// From now on works in this arena, of at least `program->plan.arena_bytes`, aligned to
  /// kAlignment. Allocates nothing, and costs nothing when it is there already.
  void move_to(std::byte* arena);

  /// Where input or output `i` lies: inputs are to be written before `run`, outputs are to be read
  /// after it and before the next one.
  std::byte* input(std::size_t i) const { return place(program_->inputs[i].tensor); }
  const std::byte* output(std::size_t i) const { return place(program_->outputs[i].tensor); }

  /// Treats denormals as the calling thread does, which is for the caller to set. Throws what a
  /// step throws for the data (an index out of range), naming its layer; the executor can run
  /// again. Where `nanoseconds` has a place for each step, adds there, by the step's id, how long
  /// it took.
  void run(std::span<std::uint64_t> nanoseconds = {}) const;

 private:
  struct Call {
    const ProgramStep* step;
    std::vector<WeightPart> weights;  ///< One a part of the step; none where weights stay.
    std::vector<const std::byte*> inputs;
    std::vector<std::byte*> outputs;
    std::byte* scratch;
  };

  kernels::StepArgs args_of(const Call& call) const {
    return {call.inputs, call.outputs, call.scratch, pool_};
  }
  /// Runs the call at this position.
  void run_call(std::size_t position) const;
  /// Drops the weights behind each part, and asks for those of the next; `after` follows the last.
  void run_in_parts(const Call& call, const WeightPart& after) const;

  std::byte* place(plan::TensorId tensor) const {
    return arena_ + program_->plan.tensors[tensor].offset;
  }

  std::shared_ptr<const Program> program_;
  std::byte* arena_ = nullptr;
  ThreadPool pool_;
  std::vector<Call> calls_;
};

}  // namespace weir::exec
