#include "ops/scan.h"

#include "ops/channel_shape.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using kernels::ScanKind;
using kernels::StepArgs;

template <typename T>
std::unique_ptr<kernels::Step> scan_step(ScanKind kind, const kernels::ChannelShape& shape) {
  return make_step([kind, shape](const StepArgs& args) {
    kernels::scan(kind, shape, args.input<T>(0), args.output<T>(), args.pool);
  });
}

class Scan final : public graph::Operation {
 public:
  Scan(ScanKind scan_kind, std::size_t axis) : scan_kind_(scan_kind), axis_(axis) {}

  std::string_view kind() const override { return "scan"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    const graph::ValueType& input = only_number_input(kind(), inputs);
    require_axis(kind(), input.shape, axis_);
    return {input};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const graph::ValueType& input = context.inputs[0];
    const kernels::ChannelShape shape = channel_shape(input.shape, axis_);
    return input.dtype == DType::kFloat32 ? scan_step<float>(scan_kind_, shape)
                                          : scan_step<std::int32_t>(scan_kind_, shape);
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return axis_ > 0;
  }

 private:
  ScanKind scan_kind_;
  std::size_t axis_;
};

}  // namespace

graph::OperationPtr make_scan(ScanKind kind, std::size_t axis) {
  return std::make_shared<Scan>(kind, axis);
}

}  // namespace weir::ops
