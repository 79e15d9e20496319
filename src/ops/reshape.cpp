#include "ops/reshape.h"

#include <cstring>

#include "base/fail.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class Reshape final : public graph::Operation {
 public:
  explicit Reshape(Shape target) : target_(target) {}

  std::string_view kind() const override { return "reshape"; }

  bool takes_type(DType /*dtype*/) const override { return true; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "a reshape takes one tensor, not {}",
            inputs.size());
    require(inputs[0].shape.elements() == target_.elements(), ErrorCode::kInvalidArgument,
            "a tensor of shape {} cannot take the shape {}", to_string(inputs[0].shape),
            to_string(target_));
    return {{inputs[0].dtype, target_}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto bytes =
        static_cast<std::size_t>(target_.elements()) * size_of(context.inputs[0].dtype);
    return make_step([bytes](const kernels::StepArgs& args) {
      if (args.outputs[0] != args.inputs[0]) std::memcpy(args.outputs[0], args.inputs[0], bytes);
    });
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{0, 0}}; }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    const Shape& from = inputs[0].shape;
    return !from.empty() && !target_.empty() && from[0] == target_[0];
  }

  bool is_alias() const override { return true; }

 private:
  Shape target_;
};

}  // namespace

graph::OperationPtr make_reshape(Shape target) {
  require(target.is_static(), ErrorCode::kInvalidArgument, "the shape {} has a free axis",
          to_string(target));
  return std::make_shared<Reshape>(target);
}

}  // namespace weir::ops
