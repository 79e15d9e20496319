#include "exec/program_step.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/memory.h"
#include "weir/error.h"

namespace weir::exec {
namespace {

class StepOfProgram final : public kernels::Step {
 public:
  explicit StepOfProgram(std::shared_ptr<const Program> program)
      : program_(std::move(program)),
        pointers_offset_(align_up(program_->plan.arena_bytes, kAlignment)) {
    for (const ProgramStep& step : program_->steps) {
      most_pointers_ = std::max(most_pointers_, step.inputs.size() + step.outputs.size());
    }
  }

  std::size_t scratch_bytes() const override {
    return pointers_offset_ + align_up(most_pointers_ * sizeof(std::byte*), kAlignment);
  }

  void run(const kernels::StepArgs& args) const override {
    for (std::size_t i = 0; i < program_->inputs.size(); ++i) {
      const plan::TensorId tensor = program_->inputs[i].tensor;
      std::memcpy(place(tensor, args.scratch), args.inputs[i], bytes_of(tensor));
    }
    for (const plan::StepId id : program_->plan.order) run_step(id, args);
    for (std::size_t i = 0; i < program_->outputs.size(); ++i) {
      const plan::TensorId tensor = program_->outputs[i].tensor;
      std::memcpy(args.outputs[i], place(tensor, args.scratch), bytes_of(tensor));
    }
  }

  std::vector<SharedBytes> weights(std::size_t /*part*/) const override {
    std::vector<SharedBytes> all;
    for (const ProgramStep& step : program_->steps) {
      for (std::size_t part = 0; part < step.kernel->parts(); ++part) {
        for (const SharedBytes& weight : step.kernel->weights(part)) all.push_back(weight);
      }
    }
    return all;
  }

 private:
  std::byte* place(plan::TensorId tensor, std::byte* arena) const {
    return arena + program_->plan.tensors[tensor].offset;
  }
  std::size_t bytes_of(plan::TensorId tensor) const { return program_->plan.tensors[tensor].bytes; }

  void run_step(plan::StepId id, const kernels::StepArgs& args) const {
    const ProgramStep& step = program_->steps[id];
    auto** inputs = reinterpret_cast<const std::byte**>(args.scratch + pointers_offset_);
    auto** outputs =
        reinterpret_cast<std::byte**>(args.scratch + pointers_offset_) + step.inputs.size();
    const auto to_place = [&](plan::TensorId tensor) { return place(tensor, args.scratch); };
    std::ranges::transform(step.inputs, inputs, to_place);
    std::ranges::transform(step.outputs, outputs, to_place);
    try {
      step.kernel->run({{inputs, step.inputs.size()},
                        {outputs, step.outputs.size()},
                        args.scratch + program_->plan.scratch[id].offset,
                        args.pool});
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = step.layer, .tensor = {}});
    }
  }

  std::shared_ptr<const Program> program_;
  std::size_t pointers_offset_;
  std::size_t most_pointers_ = 0;
};

}  // namespace

std::unique_ptr<kernels::Step> make_program_step(std::shared_ptr<const Program> program) {
  return std::make_unique<StepOfProgram>(std::move(program));
}

}  // namespace weir::exec
