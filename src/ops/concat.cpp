#include "ops/concat.h"

#include "base/checked.h"
#include "kernels/concat.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class Concat final : public graph::Operation {
 public:
  explicit Concat(std::size_t axis) : axis_(axis) {}

  std::string_view kind() const override { return "concat"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(!inputs.empty(), ErrorCode::kInvalidArgument, "there is nothing to concatenate");
    ValueType result = inputs[0];
    require(axis_ < result.shape.rank(), ErrorCode::kInvalidArgument,
            "a tensor of shape {} has no axis {}", to_string(result.shape), axis_);
    for (const ValueType& next : inputs.subspan(1)) {
      require(fits(inputs[0], next), ErrorCode::kInvalidArgument,
              "a {} tensor of shape {} cannot follow a {} one of shape {} along axis {}",
              to_string(next.dtype), to_string(next.shape), to_string(inputs[0].dtype),
              to_string(inputs[0].shape), axis_);
      result.shape[axis_] = checked_add(result.shape[axis_], next.shape[axis_]);
    }
    return {result};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    std::size_t rows = 1;
    for (std::size_t axis = 0; axis < axis_; ++axis) {
      rows *= static_cast<std::size_t>(context.outputs[0].shape[axis]);
    }
    std::vector<std::size_t> row_bytes;
    for (const ValueType& input : context.inputs) {
      std::size_t bytes = size_of(input.dtype);
      for (const std::int64_t size : input.shape.dims().subspan(axis_)) {
        bytes *= static_cast<std::size_t>(size);
      }
      row_bytes.push_back(bytes);
    }
    return make_step([rows, row_bytes](const kernels::StepArgs& args) {
      kernels::concat(rows, row_bytes, args.inputs, args.outputs[0], args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    return axis_ != 0 || inputs.size() == 1;
  }

  std::optional<std::size_t> concatenates_along() const override { return axis_; }

 private:
  bool fits(const ValueType& first, const ValueType& next) const {
    if (first.dtype != next.dtype || first.shape.rank() != next.shape.rank()) return false;
    for (std::size_t axis = 0; axis < first.shape.rank(); ++axis) {
      if (axis != axis_ && first.shape[axis] != next.shape[axis]) return false;
    }
    return true;
  }

  std::size_t axis_;
};

}  // namespace

graph::OperationPtr make_concat(std::size_t axis) { return std::make_shared<Concat>(axis); }

}  // namespace weir::ops
