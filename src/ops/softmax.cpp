#include "ops/softmax.h"

#include "kernels/softmax.h"
#include "ops/channel_shape.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using kernels::ChannelShape;
using kernels::StepArgs;

/// An operation along one axis, which mixes all that lies on it.
class AxisOperation : public graph::Operation {
 public:
  explicit AxisOperation(std::size_t axis) : axis_(axis) {}

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    const graph::ValueType& input = only_float_input(kind(), inputs);
    require_axis(kind(), input.shape, axis_);
    return {input};
  }
  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return axis_ > 0;
  }

 protected:
  std::size_t axis() const { return axis_; }

 private:
  std::size_t axis_;
};

class Softmax final : public AxisOperation {
 public:
  Softmax(std::size_t axis, bool logarithm) : AxisOperation(axis), logarithm_(logarithm) {}

  std::string_view kind() const override { return logarithm_ ? "log softmax" : "softmax"; }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const ChannelShape shape = channel_shape(context.inputs[0].shape, axis());
    return make_step([shape, logarithm = logarithm_](const StepArgs& args) {
      kernels::softmax(shape, logarithm, args.input(0), args.output(), args.pool);
    });
  }

 private:
  bool logarithm_;
};

class Sparsemax final : public AxisOperation {
 public:
  using AxisOperation::AxisOperation;

  std::string_view kind() const override { return "sparsemax"; }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const ChannelShape shape = channel_shape(context.inputs[0].shape, axis());
    return make_step(
        [shape](const StepArgs& args) {
          kernels::sparsemax(shape, args.input(0), args.output(),
                             reinterpret_cast<float*>(args.scratch), args.pool);
        },
        kernels::sparsemax_scratch_bytes(shape.channels, context.threads));
  }
};

class Glu final : public AxisOperation {
 public:
  using AxisOperation::AxisOperation;

  std::string_view kind() const override { return "glu"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    graph::ValueType output = AxisOperation::infer(inputs).front();
    require(output.shape[axis()] % 2 == 0, ErrorCode::kInvalidArgument,
            "glu cannot halve axis {} of a shape {}", axis(), to_string(output.shape));
    output.shape[axis()] /= 2;
    return {output};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const ChannelShape shape = channel_shape(context.outputs[0].shape, axis());
    return make_step([shape](const StepArgs& args) {
      kernels::gated_linear(shape, args.input(0), args.output(), args.pool);
    });
  }
  std::vector<graph::InPlacePair> in_place() const override { return {}; }
};

}  // namespace

graph::OperationPtr make_softmax(std::size_t axis) {
  return std::make_shared<Softmax>(axis, /*logarithm=*/false);
}

graph::OperationPtr make_log_softmax(std::size_t axis) {
  return std::make_shared<Softmax>(axis, /*logarithm=*/true);
}

graph::OperationPtr make_sparsemax(std::size_t axis) { return std::make_shared<Sparsemax>(axis); }

graph::OperationPtr make_glu(std::size_t axis) { return std::make_shared<Glu>(axis); }

}  // namespace weir::ops
