#include "exec/executor.h"

#include "base/fail.h"

namespace weir::exec {

Executor::Executor(std::shared_ptr<const Program> program, std::span<std::byte> arena,
                   const ThreadPool& pool)
    : program_(std::move(program)), arena_(arena), pool_(&pool) {
  const plan::Plan& plan = program_->plan;
  require(plan.arena_bytes <= arena.size(), ErrorCode::kInternal,
          "the arena has {} bytes, the plan needs {}", arena.size(), plan.arena_bytes);
  calls_.reserve(plan.order.size());
  for (const plan::StepId id : plan.order) {
    const ProgramStep& step = program_->steps[id];
    Call call{&step, {}, {}, {}, arena_.data() + plan.scratch[id].offset};
    for (const plan::TensorId input : step.inputs) call.inputs.push_back(place(input));
    for (const plan::TensorId output : step.outputs) call.outputs.push_back(place(output));
    if (program_->streams_weights) {
      for (std::size_t part = 0; part < step.kernel->parts(); ++part) {
        call.weights.emplace_back(*step.kernel, part);
      }
    }
    calls_.push_back(std::move(call));
  }
}

void Executor::run() const {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const Call& call = calls_[i];
    try {
      if (call.weights.empty()) {
        call.step->kernel->run(args_of(call));
      } else {
        // The first part after these: read ahead while the last of them runs, also for the next
        // run.
        run_in_parts(call, calls_[(i + 1) % calls_.size()].weights.front());
      }
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = call.step->layer, .tensor = {}});
    }
  }
}

void Executor::run_in_parts(const Call& call, const WeightPart& after) const {
  const std::size_t parts = call.weights.size();
  for (std::size_t part = 0; part < parts; ++part) {
    (part + 1 < parts ? call.weights[part + 1] : after).expect();
    call.step->kernel->run_part(part, args_of(call));
    call.weights[part].drop();
  }
}

}  // namespace weir::exec
