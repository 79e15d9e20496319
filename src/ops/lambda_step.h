#pragma once

#include <memory>
#include <utility>

#include "kernels/step.h"

namespace weir::ops {

/// A step that is one function, with what `prepare` bound held by its captures.
template <typename Run>
class LambdaStep final : public kernels::Step {
 public:
  LambdaStep(Run run, std::size_t scratch_bytes)
      : run_(std::move(run)), scratch_bytes_(scratch_bytes) {}

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  void run(const kernels::StepArgs& args) const override { run_(args); }

 private:
  Run run_;
  std::size_t scratch_bytes_;
};

/// `run(const kernels::StepArgs&)` as a step.
template <typename Run>
std::unique_ptr<kernels::Step> make_step(Run run, std::size_t scratch_bytes = 0) {
  return std::make_unique<LambdaStep<Run>>(std::move(run), scratch_bytes);
}

}  // namespace weir::ops
