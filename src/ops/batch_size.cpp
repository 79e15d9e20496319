#include "ops/batch_size.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/fail.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class ShapeValue final : public graph::Operation {
 public:
  explicit ShapeValue(const Shape& shape) : sizes_(shape.dims().begin(), shape.dims().end()) {}

  std::string_view kind() const override { return "shape"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 0);
    return {{DType::kInt32, {static_cast<std::int64_t>(sizes_.size())}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& /*context*/) const override {
    return make_step([sizes = sizes_](const kernels::StepArgs& args) {
      std::ranges::copy(sizes, args.output<std::int32_t>());
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return false; }

 private:
  std::vector<std::int32_t> sizes_;
};

class BoundToBatch final : public graph::Operation {
 public:
  std::string_view kind() const override { return "bound to batch"; }

  bool takes_type(DType /*dtype*/) const override { return true; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    return {inputs[0]};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    return make_step([bytes = context.inputs[0].bytes()](const kernels::StepArgs& args) {
      if (args.outputs[0] != args.inputs[0]) std::memcpy(args.outputs[0], args.inputs[0], bytes);
    });
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{0, 0}}; }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return false; }

  bool is_alias() const override { return true; }
};

}  // namespace

graph::OperationPtr make_shape_value(const Shape& shape) {
  require(!shape.empty(), ErrorCode::kUnsupported, "the shape of a single number is asked for");
  require(std::ranges::all_of(
              shape.dims(),
              [](std::int64_t size) { return size <= std::numeric_limits<std::int32_t>::max(); }),
          ErrorCode::kUnsupported, "the shape {} has more than int32 holds", to_string(shape));
  return std::make_shared<ShapeValue>(shape);
}

bool is_shape_value(const graph::Operation& operation) {
  return dynamic_cast<const ShapeValue*>(&operation) != nullptr;
}

graph::OperationPtr make_bound_to_batch() { return std::make_shared<BoundToBatch>(); }

bool is_bound_to_batch(const graph::Operation& operation) {
  return dynamic_cast<const BoundToBatch*>(&operation) != nullptr;
}

}  // namespace weir::ops
