#include "ops/axis_scaling.h"

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

/// Each position as it is.
kernels::ResampleAxis unchanged(std::size_t size) {
  kernels::ResampleAxis axis{.in_size = size, .taps = {}, .weights = {1.0F}};
  for (std::size_t i = 0; i < size; ++i) axis.taps.push_back({i, 1, 0});
  return axis;
}

class AxisScalingOperation final : public graph::Operation {
 public:
  AxisScalingOperation(ResizeMethod method, std::int64_t size, const AxisScaling& scaling)
      : method_(method), size_(size), scaling_(scaling) {}

  std::string_view kind() const override { return "axis scaling"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& shape = only_float_input(kind(), inputs).shape;
    require(shape.rank() == 4 && shape[2] > 0, ErrorCode::kInvalidArgument, "{} of the shape {}",
            kind(), to_string(shape));
    return {{DType::kFloat32, {shape[0], shape[1], size_, shape[3]}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& in = context.inputs[0].shape;
    const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(in[axis]); };
    kernels::ResampleShape shape{
        size(0), size(3), unchanged(size(1)),
        scaling_filter(method_, size(2), static_cast<std::size_t>(size_), scaling_)};
    const std::size_t scratch = kernels::resample_scratch_bytes(shape, context.threads);
    return make_step(
        [shape = std::move(shape)](const kernels::StepArgs& args) {
          kernels::resample(shape, args.input(0), args.output(), args.scratch, args.pool);
        },
        scratch);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  ResizeMethod method_;
  std::int64_t size_;
  AxisScaling scaling_;
};

}  // namespace

graph::OperationPtr make_axis_scaling(ResizeMethod method, std::int64_t size,
                                      const AxisScaling& scaling) {
  require(size > 0, ErrorCode::kInvalidArgument, "an axis cannot have {} positions", size);
  return std::make_shared<AxisScalingOperation>(method, size, scaling);
}

}  // namespace weir::ops
