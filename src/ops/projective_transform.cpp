#include "ops/projective_transform.h"

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class ProjectiveTransform final : public graph::Operation {
 public:
  explicit ProjectiveTransform(const ProjectiveAttributes& attributes) : attributes_(attributes) {}

  std::string_view kind() const override { return "projective transform"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 2);
    const ValueType& images = only_float_input(kind(), inputs.first(1));
    const Shape& transforms = only_float_input(kind(), inputs.subspan(1)).shape;
    require(images.shape.rank() == 4 && transforms.rank() == 2 && transforms[1] == 8 &&
                (transforms[0] == 1 || transforms[0] == images.shape[0]),
            ErrorCode::kInvalidArgument, "{} of images {} by transforms {}", kind(),
            to_string(images.shape), to_string(transforms));
    return {images};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& images = context.inputs[0].shape;
    const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(images[axis]); };
    const kernels::ProjectiveShape shape{size(0),
                                         size(1),
                                         size(2),
                                         size(3),
                                         context.inputs[1].shape[0] == 1,
                                         attributes_.sampling,
                                         attributes_.edge,
                                         attributes_.fill_value};
    return make_step([shape](const kernels::StepArgs& args) {
      kernels::transform_images(shape, args.input(0), args.input(1), args.output(), args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  ProjectiveAttributes attributes_;
};

}  // namespace

graph::OperationPtr make_projective_transform(const ProjectiveAttributes& attributes) {
  return std::make_shared<ProjectiveTransform>(attributes);
}

}  // namespace weir::ops
