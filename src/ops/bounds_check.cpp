#include "ops/bounds_check.h"

#include <algorithm>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

class BoundsCheck final : public graph::Operation {
 public:
  BoundsCheck(std::int64_t size, std::string advice) : size_(size), advice_(std::move(advice)) {}

  std::string_view kind() const override { return "bounds check"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    require(inputs[0].dtype == DType::kInt32, ErrorCode::kUnsupported, "{} of {} elements", kind(),
            to_string(inputs[0].dtype));
    return {inputs[0]};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    return make_step([count, size = size_, advice = advice_](const kernels::StepArgs& args) {
      const auto* elements = args.input<std::int32_t>(0);
      for (std::size_t i = 0; i < count; ++i) {
        require(elements[i] >= 0 && elements[i] < size, ErrorCode::kInvalidArgument,
                "the element {} is not from 0 to {}; {}", elements[i], size - 1, advice);
      }
      if (args.outputs[0] != args.inputs[0]) {
        std::copy_n(elements, count, args.output<std::int32_t>());
      }
    });
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{0, 0}}; }

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

 private:
  std::int64_t size_;
  std::string advice_;
};

}  // namespace

graph::OperationPtr make_bounds_check(std::int64_t size, std::string advice) {
  return std::make_shared<BoundsCheck>(size, std::move(advice));
}

}  // namespace weir::ops
