#include "ops/constant_value.h"

#include <cstring>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class ConstantValue final : public graph::Operation {
 public:
  explicit ConstantValue(graph::Constant constant) : constant_(std::move(constant)) {}

  std::string_view kind() const override { return "constant"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 0);
    const ValueType type{constant_.dtype, constant_.shape};
    require(type.dtype == DType::kFloat32 || type.dtype == DType::kInt32, ErrorCode::kInternal,
            "a constant of {} elements", to_string(type.dtype));
    require(constant_.data.bytes.size() == type.bytes(), ErrorCode::kInternal,
            "a constant of {} bytes has {}", type.bytes(), constant_.data.bytes.size());
    return {type};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& /*context*/) const override {
    return make_step([data = constant_.data](const kernels::StepArgs& args) {
      std::memcpy(args.output<std::byte>(), data.bytes.data(), data.bytes.size());
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  graph::Constant constant_;
};

}  // namespace

graph::OperationPtr make_constant_value(graph::Constant constant) {
  return std::make_shared<ConstantValue>(std::move(constant));
}

}  // namespace weir::ops
