#include <cmath>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/image_batch.h"
#include "layers/named_value.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/axis_scaling.h"
#include "ops/concat.h"
#include "ops/constant_value.h"
#include "ops/linear_algebra.h"
#include "ops/map_coordinates.h"
#include "ops/projective_transform.h"
#include "ops/unary.h"

/// Operations of keras.ops.image that move the places of pixels.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

/// An argument as floats of `rank` axes, the first of which may be missing: it is then one of all
/// samples. A constant has no others.
ValueId per_sample(LayerCall& call, std::size_t position, const char* name, std::size_t rank) {
  const Operand operand = operand_of(call, position, {name});
  const auto with_first_axis = [rank](const Shape& shape) {
    if (shape.rank() + 1 != rank) return shape;
    Shape longer{1};
    for (const std::int64_t size : shape.dims()) longer.push_back(size);
    return longer;
  };
  if (const std::optional<ValueId> value = operand.value()) {
    return add_reshape(call, as_float(call, *value), with_first_axis(call.shape(*value)));
  }
  graph::Constant constant = operand.constant(call.path());
  constant.shape = with_first_axis(constant.shape);
  require(constant.shape.rank() == rank && constant.shape[0] == 1, ErrorCode::kUnsupported,
          "the argument {} of the shape {} is not supported, only one of all samples", name,
          to_string(constant.shape));
  return as_float(call, call.add(ops::make_constant_value(std::move(constant)), {}));
}

/// In the images' type, as TensorFlow casts it.
float fill_value_of(const LayerCall& call, DType dtype) {
  const double value = call.config().number("fill_value", 0.0);
  return static_cast<float>(dtype == DType::kFloat32 ? value : std::trunc(value));
}

kernels::PixelSampling sampling_of(const Config& config) {
  return named_value<kernels::PixelSampling>(config, "interpolation", "bilinear",
                                             {{"nearest", kernels::PixelSampling::kNearest},
                                              {"bilinear", kernels::PixelSampling::kBilinear}});
}

/// The images, which are the first argument, seen through the transforms (samples or 1, 8).
std::vector<ValueId> seen_through(LayerCall& call, ValueId transforms, kernels::ImageEdge edge) {
  const ValueId images = as_value(call, operand_of(call, 0, {"images"}));
  const DType dtype = call.type(images).dtype;
  const ImageBatch batch = to_image_batch(call, as_float(call, images));
  const ValueId seen = call.add(ops::make_projective_transform(
                                    {sampling_of(call.config()), edge, fill_value_of(call, dtype)}),
                                {batch.images, transforms});
  return {add_cast(call, dtype, as_given(call, batch, seen))};
}

std::vector<ValueId> affine_transform(LayerCall& call) {
  const auto edge = named_value<kernels::ImageEdge>(call.config(), "fill_mode", "constant",
                                                    {{"constant", kernels::ImageEdge::kConstant},
                                                     {"nearest", kernels::ImageEdge::kNearest},
                                                     {"wrap", kernels::ImageEdge::kWrap},
                                                     {"reflect", kernels::ImageEdge::kReflect}});
  return seen_through(call, per_sample(call, 1, "transform", 2), edge);
}

ValueId join(LayerCall& call, std::vector<ValueId> parts, std::size_t axis) {
  return call.add(ops::make_concat(axis), std::move(parts));
}

/// The transforms (samples, 8) that take `to`'s corners (samples, 4, 2) to those of `from`: of each
/// corner an equation for its x and one for its y.
ValueId add_homography(LayerCall& call, ValueId from, ValueId to) {
  const std::int64_t samples = call.shape(to)[0];
  const ValueId zero = add_affine(call, 0, 0, to);
  const ValueId one = add_affine(call, 0, 1, add_part(call, to, {2, 0, 1, 1}));
  const ValueId place = join(call, {to, one}, 2);
  const ValueId nothing = join(call, {zero, add_affine(call, 0, 0, one)}, 2);
  const auto equations = [&](std::int64_t coordinate) {
    const ValueId target = add_part(call, from, {2, coordinate, 1, 1});
    const ValueId product =
        add_affine(call, -1, 0, add_binary(call, BinaryKind::kMultiply, target, to));
    const bool is_x = coordinate == 0;
    return std::pair(join(call, {is_x ? place : nothing, is_x ? nothing : place, product}, 2),
                     target);
  };
  const auto [x_rows, x_targets] = equations(0);
  const auto [y_rows, y_targets] = equations(1);
  const ValueId solved =
      call.add(ops::make_solve(ops::EquationsPart::kAll),
               {join(call, {x_rows, y_rows}, 1), join(call, {x_targets, y_targets}, 1)});
  return add_reshape(call, solved, {samples, 8});
}

std::vector<ValueId> perspective_transform(LayerCall& call) {
  const ValueId from = per_sample(call, 1, "start_points", 3);
  const ValueId to = per_sample(call, 2, "end_points", 3);
  const Shape shape = call.shape(to);
  require(shape == call.shape(from) && shape.rank() == 3 && shape[1] == 4 && shape[2] == 2,
          ErrorCode::kInvalidArgument, "corners of the shapes {} and {}",
          to_string(call.shape(from)), to_string(shape));
  return seen_through(call, add_homography(call, from, to), kernels::ImageEdge::kConstant);
}

std::vector<ValueId> map_coordinates(LayerCall& call) {
  const Config config = call.config();
  const std::int64_t order = config.integer("order", 1);
  require(order == 0 || order == 1, ErrorCode::kUnsupported,
          "an interpolation of the order {} is not supported", order);
  const auto edge = named_value<kernels::AxisEdge>(config, "fill_mode", "constant",
                                                   {{"constant", kernels::AxisEdge::kConstant},
                                                    {"nearest", kernels::AxisEdge::kNearest},
                                                    {"mirror", kernels::AxisEdge::kMirror},
                                                    {"reflect", kernels::AxisEdge::kReflect},
                                                    {"wrap", kernels::AxisEdge::kWrap}});
  ValueId x = as_value(call, operand_of(call, 0, {"inputs"}));
  const DType dtype = call.type(x).dtype;
  const ValueId coordinates = as_value(call, operand_of(call, 1, {"coordinates"}));
  if (call.type(coordinates).dtype != DType::kFloat32) {
    require(order == 0, ErrorCode::kUnsupported, "coordinates of whole numbers are not supported");
    x = add_cast(call, DType::kInt32, x);  // as Keras does to what they find
  }
  const ValueId mapped =
      call.add(ops::make_map_coordinates({order == 1, edge, fill_value_of(call, dtype)}),
               {as_float(call, x), as_float(call, coordinates)});
  if (dtype == DType::kFloat32) return {mapped};
  return {add_cast(call, dtype, call.add(ops::make_unary({UnaryKind::kRound}), {mapped}))};
}

ops::ResizeMethod scaling_method(const Config& config) {
  using ops::ResizeMethod;
  return named_value<ResizeMethod>(config, "method", "",
                                   {{"linear", ResizeMethod::kBilinear},
                                    {"bilinear", ResizeMethod::kBilinear},
                                    {"trilinear", ResizeMethod::kBilinear},
                                    {"cubic", ResizeMethod::kBicubic},
                                    {"bicubic", ResizeMethod::kBicubic},
                                    {"tricubic", ResizeMethod::kBicubic},
                                    {"lanczos3", ResizeMethod::kLanczos3},
                                    {"lanczos5", ResizeMethod::kLanczos5}});
}

/// A constant argument with a number for each of `count` axes.
std::vector<float> number_for_each(const LayerCall& call, std::size_t position, const char* name,
                                   std::size_t count) {
  const Operand operand = operand_of(call, position, {name});
  require(!operand.value(), ErrorCode::kUnsupported, "a {} that is computed is not supported",
          name);
  const graph::Constant constant = operand.constant(call.path());
  require(static_cast<std::size_t>(constant.shape.elements()) == count, ErrorCode::kInvalidArgument,
          "{} of the shape {} for {} axes", name, to_string(constant.shape), count);
  return constant.to_floats();
}

/// The size of one axis of the argument "output_shape", where other axes may be free.
std::int64_t output_size(const LayerCall& call, std::size_t axis) {
  const Json* shape = find_argument(call, 1, {"output_shape"});
  const bool is_known = shape != nullptr && shape->is_array() && axis < shape->size() &&
                        (*shape)[axis].is_number_integer();
  require(is_known, ErrorCode::kUnsupported, "an output_shape that is computed is not supported");
  return (*shape)[axis].get<std::int64_t>();
}

/// One axis, with those before it but the batch's as one, and those behind it as one.
ValueId add_scaling(LayerCall& call, ValueId x, std::size_t axis, ops::ResizeMethod method,
                    std::int64_t size, const ops::AxisScaling& scaling) {
  Shape shape = call.shape(x);
  Shape columns{axis == 0 ? 1 : shape[0], 1, shape[axis], 1};
  for (std::size_t i = 1; i < shape.rank(); ++i) {
    if (i != axis) columns[i < axis ? 1 : 3] = checked_mul(columns[i < axis ? 1 : 3], shape[i]);
  }
  shape[axis] = size;
  const auto operation = ops::make_axis_scaling(method, size, scaling);
  return add_reshape(call, call.add(operation, {add_reshape(call, x, columns)}), shape);
}

std::vector<ValueId> scale_and_translate(LayerCall& call) {
  const Config config = call.config();
  const ops::ResizeMethod method = scaling_method(config);
  const std::vector<std::int64_t> axes = config.integers("spatial_dims");
  const std::vector<float> scale = number_for_each(call, 2, "scale", axes.size());
  const std::vector<float> translation = number_for_each(call, 3, "translation", axes.size());
  ValueId x = as_value(call, operand_of(call, 0, {"images"}));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = to_axis(axes[i], call.shape(x).rank());
    x = add_scaling(call, x, axis, method, output_size(call, axis),
                    {scale[i], translation[i], config.boolean("antialias", true)});
  }
  return {x};
}

}  // namespace

void register_operations_geometry(Registry& registry) {
  registry.add_operation("AffineTransform", affine_transform);
  registry.add_operation("PerspectiveTransform", perspective_transform);
  registry.add_operation("MapCoordinates", map_coordinates);
  registry.add_operation("ScaleAndTranslate", scale_and_translate);
}

}  // namespace weir::layers
