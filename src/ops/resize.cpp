#include "ops/resize.h"

#include "base/fail.h"
#include "ops/gather.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class Resize final : public graph::Operation {
 public:
  Resize(ResizeMethod method, std::int64_t height, std::int64_t width, bool antialias)
      : method_(method), height_(height), width_(width), antialias_(antialias) {}

  std::string_view kind() const override { return "resize"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1 && inputs[0].shape.rank() == 4 && inputs[0].shape[1] > 0 &&
                inputs[0].shape[2] > 0,
            ErrorCode::kInvalidArgument, "resizing takes one batch of images, not a shape {}",
            inputs.empty() ? "()" : to_string(inputs[0].shape));
    require(inputs[0].dtype == DType::kFloat32, ErrorCode::kUnsupported,
            "resizing {} images is only supported by the nearest pixel",
            to_string(inputs[0].dtype));
    const Shape& shape = inputs[0].shape;
    return {{DType::kFloat32, {shape[0], height_, width_, shape[3]}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& in = context.inputs[0].shape;
    kernels::ResampleShape shape;
    shape.batch = static_cast<std::size_t>(in[0]);
    shape.channels = static_cast<std::size_t>(in[3]);
    shape.height = filter(in[1], height_);
    shape.width = filter(in[2], width_);
    const std::size_t scratch = kernels::resample_scratch_bytes(shape, context.threads);
    return make_step(
        [shape = std::move(shape)](const kernels::StepArgs& args) {
          kernels::resample(shape, args.input(0), args.output(), args.scratch, args.pool);
        },
        scratch);
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  kernels::ResampleAxis filter(std::int64_t in, std::int64_t out) const {
    return resize_filter(method_, static_cast<std::size_t>(in), static_cast<std::size_t>(out),
                         antialias_);
  }

  ResizeMethod method_;
  std::int64_t height_;
  std::int64_t width_;
  bool antialias_;
};

}  // namespace

graph::OperationPtr make_resize(ResizeMethod method, std::int64_t height, std::int64_t width,
                                bool antialias) {
  require(height > 0 && width > 0, ErrorCode::kInvalidArgument,
          "images cannot be resized to {} x {}", height, width);
  if (method == ResizeMethod::kNearest) {
    return make_gather({.kind = "resize", .moves = {nearest(1, height), nearest(2, width)}});
  }
  return std::make_shared<Resize>(method, height, width, antialias);
}

}  // namespace weir::ops
