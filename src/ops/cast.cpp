#include "ops/cast.h"

#include "base/fail.h"
#include "kernels/cast.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

class Cast final : public graph::Operation {
 public:
  explicit Cast(DType to) : to_(to) {}

  std::string_view kind() const override { return "cast"; }

  bool takes_type(DType dtype) const override { return dtype != DType::kString; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "cast takes 1 input, not {}",
            inputs.size());
    return {{to_, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const DType from = context.inputs[0].dtype;
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    return make_step([from, to = to_, count](const kernels::StepArgs& args) {
      kernels::cast(from, args.inputs[0], to, args.outputs[0], count, args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

 private:
  DType to_;
};

}  // namespace

graph::OperationPtr make_cast(DType to) { return std::make_shared<Cast>(to); }

}  // namespace weir::ops
