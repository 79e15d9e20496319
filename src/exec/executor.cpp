#include "exec/executor.h"

#include <algorithm>
#include <chrono>

#include "weir/error.h"

namespace weir::exec {

Executor::Executor(std::shared_ptr<const Program> program, ThreadPool pool)
    : program_(std::move(program)), pool_(std::move(pool)) {
  calls_.reserve(program_->plan.order.size());
  for (const plan::StepId id : program_->plan.order) {
    const ProgramStep& step = program_->steps[id];
    Call call{&step,
              {},
              std::vector<const std::byte*>(step.inputs.size()),
              std::vector<std::byte*>(step.outputs.size()),
              nullptr};
    const std::size_t parts = program_->streams_weights ? step.kernel->parts() : 0;
    for (std::size_t part = 0; part < parts; ++part) call.weights.emplace_back(*step.kernel, part);
    calls_.push_back(std::move(call));
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

void Executor::run(std::span<std::uint64_t> nanoseconds) const {
  using Clock = std::chrono::steady_clock;
  if (nanoseconds.size() != calls_.size()) {
    for (std::size_t i = 0; i < calls_.size(); ++i) run_call(i);
    return;
  }
  Clock::time_point begin = Clock::now();
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    run_call(i);
    const Clock::time_point end = Clock::now();
    nanoseconds[program_->plan.order[i]] += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
    begin = end;
  }
}

void Executor::run_call(std::size_t position) const {
  const Call& call = calls_[position];
  try {
    if (call.weights.empty()) {
      call.step->kernel->run(args_of(call));
    } else {
      // The first part after these: read ahead while the last of them runs, also for the next run.
      run_in_parts(call, calls_[(position + 1) % calls_.size()].weights.front());
    }
  } catch (const Error& error) {
    throw error.within({.file = {}, .layer = call.step->layer, .tensor = {}});
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
