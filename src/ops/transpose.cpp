#include "ops/transpose.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/fail.h"
#include "kernels/transpose.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class Transpose final : public graph::Operation {
 public:
  explicit Transpose(std::vector<std::size_t> permutation) : permutation_(std::move(permutation)) {}

  std::string_view kind() const override { return "transpose"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1 && inputs[0].shape.rank() == permutation_.size(),
            ErrorCode::kInvalidArgument, "a permutation of {} axes does not fit the shape {}",
            permutation_.size(), inputs.empty() ? "()" : to_string(inputs[0].shape));
    Shape shape;
    for (const std::size_t axis : permutation_) shape.push_back(inputs[0].shape[axis]);
    return {{inputs[0].dtype, shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const ValueType& input = context.inputs[0];
    const kernels::Transpose kernel(
        {{input.shape.begin(), input.shape.end()}, permutation_, size_of(input.dtype)});
    return make_step([kernel](const kernels::StepArgs& args) {
      kernel.run(args.inputs[0], args.outputs[0], args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override {
    return permutation_.empty() || permutation_[0] == 0;
  }

  bool is_alias() const override { return std::ranges::is_sorted(permutation_); }

 private:
  std::vector<std::size_t> permutation_;
};

bool is_permutation_of_axes(std::vector<std::size_t> axes) {
  std::ranges::sort(axes);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != i) return false;
  }
  return true;
}

}  // namespace

graph::OperationPtr make_transpose(std::vector<std::size_t> permutation) {
  require(is_permutation_of_axes(permutation), ErrorCode::kInvalidArgument,
          "[{}] is not a permutation of axes", fmt::join(permutation, ", "));
  return std::make_shared<Transpose>(std::move(permutation));
}

}  // namespace weir::ops
