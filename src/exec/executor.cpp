#include "exec/executor.h"

#include <algorithm>

#include "weir/error.h"

namespace weir::exec {

Executor::Executor(std::shared_ptr<const Program> program, ThreadPool pool)
    : program_(std::move(program)), pool_(std::move(pool)) {
  calls_.reserve(program_->plan.order.size());
  for (const plan::StepId id : program_->plan.order) {
    const ProgramStep& step = program_->steps[id];
    calls_.push_back({&step, std::vector<const std::byte*>(step.inputs.size()),
                      std::vector<std::byte*>(step.outputs.size()), nullptr});
  }
}

void Executor::move_to(std::byte* arena) {
  if (arena == arena_) return;
  arena_ = arena;
  const plan::Plan& plan = program_->plan;
  const auto to_place = [this](plan::TensorId tensor) { return place(tensor); };
  for (std::size_t position = 0; position < calls_.size(); ++position) {
    Call& call = calls_[position];
    std::ranges::transform(call.step->inputs, call.inputs.begin(), to_place);
    std::ranges::transform(call.step->outputs, call.outputs.begin(), to_place);
    call.scratch = arena_ + plan.scratch[plan.order[position]].offset;
  }
}

void Executor::run() const {
  for (const Call& call : calls_) {
    try {
      call.step->kernel->run({call.inputs, call.outputs, call.scratch, pool_});
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = call.step->layer, .tensor = {}});
    }
  }
}

}  // namespace weir::exec
