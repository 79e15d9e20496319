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
    Call call{&step, {}, {}, arena_.data() + plan.scratch[id].offset};
    for (const plan::TensorId input : step.inputs) call.inputs.push_back(place(input));
    for (const plan::TensorId output : step.outputs) call.outputs.push_back(place(output));
    calls_.push_back(std::move(call));
  }
}

void Executor::run() const {
  for (const Call& call : calls_) {
    try {
      call.step->kernel->run({call.inputs, call.outputs, call.scratch, *pool_});
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = call.step->layer, .tensor = {}});
    }
  }
}

}  // namespace weir::exec
