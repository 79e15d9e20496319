#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "kernels/step.h"

namespace weir::ops {

/// A step that is one function, with what `prepare` bound held by its captures.
template <typename Run>
class LambdaStep final : public kernels::Step {
 public:
  LambdaStep(Run run, std::size_t scratch_bytes, std::vector<SharedBytes> weights)
      : run_(std::move(run)), scratch_bytes_(scratch_bytes), weights_(std::move(weights)) {}

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  void run(const kernels::StepArgs& args) const override { run_(args); }
  std::vector<SharedBytes> weights(std::size_t /*part*/) const override { return weights_; }

 private:
  Run run_;
  std::size_t scratch_bytes_;
  std::vector<SharedBytes> weights_;
};

/// `run(const kernels::StepArgs&)` as a step that reads the given packed weights.
template <typename Run>
std::unique_ptr<kernels::Step> make_step(Run run, std::size_t scratch_bytes = 0,
                                         std::vector<SharedBytes> weights = {}) {
  return std::make_unique<LambdaStep<Run>>(std::move(run), scratch_bytes, std::move(weights));
}

}  // namespace weir::ops
