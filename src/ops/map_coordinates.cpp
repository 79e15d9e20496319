#include "ops/map_coordinates.h"

#include <algorithm>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

class MapCoordinates final : public graph::Operation {
 public:
  explicit MapCoordinates(const MapCoordinatesAttributes& attributes) : attributes_(attributes) {}

  std::string_view kind() const override { return "map coordinates"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 2);
    const Shape& tensor = only_float_input(kind(), inputs.first(1)).shape;
    const Shape& coordinates = only_float_input(kind(), inputs.subspan(1)).shape;
    require(coordinates.rank() >= 2 && !tensor.empty() && tensor.elements() > 0 &&
                static_cast<std::size_t>(coordinates[0]) == tensor.rank(),
            ErrorCode::kInvalidArgument, "{} {} of the shape {}", kind(), to_string(coordinates),
            to_string(tensor));
    return {{DType::kFloat32, Shape(coordinates.dims().subspan(1))}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& tensor = context.inputs[0].shape;
    const kernels::CoordinateMap map{{tensor.begin(), tensor.end()},
                                     static_cast<std::size_t>(context.outputs[0].shape.elements()),
                                     attributes_.linear,
                                     attributes_.edge,
                                     attributes_.fill_value};
    return make_step([map](const kernels::StepArgs& args) {
      kernels::map_coordinates(map, args.input(0), args.input(1), args.output(), args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return false; }

 private:
  MapCoordinatesAttributes attributes_;
};

}  // namespace

graph::OperationPtr make_map_coordinates(const MapCoordinatesAttributes& attributes) {
  return std::make_shared<MapCoordinates>(attributes);
}

}  // namespace weir::ops
