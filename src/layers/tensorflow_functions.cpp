#include "layers/tensorflow_functions.h"

#include <functional>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/keras_operation.h"
#include "layers/operand.h"
#include "layers/shaping.h"
#include "layers/tensorflow_arrays.h"
#include "layers/tensorflow_images.h"
#include "layers/tensorflow_sizes.h"
#include "layers/tensorflow_windows.h"
#include "ops/category_counts.h"
#include "ops/concat.h"
#include "ops/decompositions.h"
#include "ops/pad.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;
using kernels::UnaryKind;

/// The values first, and v as it is.
std::vector<ValueId> singular_values(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const bool wants_vectors = config.boolean("compute_uv", true);
  const bool is_complete = wants_vectors && config.boolean("full_matrices", false);
  const std::vector<ValueId> parts = call.add_many(
      ops::make_singular_values(is_complete ? ops::Vectors::kComplete : ops::Vectors::kReduced),
      {as_float(call, first_input(call))});
  if (!wants_vectors) return {parts[1]};
  return {parts[1], parts[0], parts[2]};
}

/// Of all elements; those outside of the range are in the first or in the last bin.
std::vector<ValueId> fixed_width_histogram(LayerCall& call) {
  constexpr std::int64_t kMostBins = 1 << 24;
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::vector<double> range = config.numbers("value_range");
  const std::int64_t bins = config.sizes("nbins", 1, 100).front();
  require(range.size() == 2 && range[0] < range[1] && bins <= kMostBins, ErrorCode::kUnsupported,
          "{} bins of such a range", bins);
  const auto count = static_cast<double>(bins);
  const ValueId x = as_float(call, first_input(call));
  const ValueId distance = add_affine(call, 1, -range[0], x);
  const ValueId place = add_division(call, distance, Operand::real((range[1] - range[0]) / count));
  const ValueId inside =
      call.add(ops::make_unary(kernels::clip(0.0F, static_cast<float>(bins - 1))), {place});
  const ValueId list = add_reshape(call, add_cast(call, DType::kInt32, inside), {1, Shape::kFree});
  return {
      add_reshape(call, call.add(ops::make_category_counts({.categories = bins}), {list}), {bins})};
}

ValueId multiply(LayerCall& call, const Operand& a, const Operand& b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

ValueId is_zero(LayerCall& call, const Operand& x) {
  return add_comparison(call, kernels::ComparisonKind::kEqual, x, Operand::real(0));
}

std::vector<ValueId> squared_difference(LayerCall& call) {
  const ValueId difference =
      add_binary(call, BinaryKind::kSubtract, operand_of(call, 0, {}), operand_of(call, 1, {"y"}));
  return {multiply(call, difference, difference)};
}

/// Its arguments are y and x.
std::vector<ValueId> arctan2(LayerCall& call) {
  return {add_binary(call, BinaryKind::kArctan2, float_operand(call, 0, {"y"}),
                     float_operand(call, 1, {"x"}))};
}

/// x f(y), and 0 wherever x is.
template <UnaryKind kFunction>
std::vector<ValueId> zero_times(LayerCall& call) {
  const Operand x = float_operand(call, 0, {});
  const ValueId y = as_value(call, float_operand(call, 1, {"y"}));
  const ValueId function = call.add(ops::make_unary({kFunction}), {y});
  return {add_select(call, is_zero(call, x), Operand::real(0), multiply(call, x, function))};
}

std::vector<ValueId> zero_over(LayerCall& call) {
  const Operand x = float_operand(call, 0, {});
  const ValueId quotient = add_division(call, x, float_operand(call, 1, {"y"}));
  return {add_select(call, is_zero(call, x), Operand::real(0), quotient)};
}

std::vector<ValueId> divide_no_nan(LayerCall& call) {
  return add_keras_operation(
      call, "DivideNoNan", Json::object(),
      {as_value(call, float_operand(call, 0, {})), as_value(call, float_operand(call, 1, {"y"}))});
}

std::vector<ValueId> multiply_no_nan(LayerCall& call) {
  const Operand y = float_operand(call, 1, {"y"});
  return {add_select(call, is_zero(call, y), Operand::real(0),
                     multiply(call, float_operand(call, 0, {}), y))};
}

std::vector<ValueId> reciprocal_no_nan(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const ValueId inverse = call.add(ops::make_unary({UnaryKind::kReciprocal}), {x});
  return {add_select(call, is_zero(call, x), Operand::real(0), inverse)};
}

std::vector<ValueId> sum_of_all(LayerCall& call) {
  ValueId sum = first_input(call);
  for (const ValueId value : call.inputs().subspan(1)) {
    sum = add_binary(call, BinaryKind::kAdd, sum, value);
  }
  return {sum};
}

std::vector<ValueId> add_bias(LayerCall& call) {
  require_channels_last(settings_of(call));
  return {add_binary(call, BinaryKind::kAdd, first_input(call), operand_of(call, 1, {"bias"}))};
}

std::vector<ValueId> concatenated_relu(LayerCall& call) {
  const Json settings = settings_of(call);
  const ValueId x = as_float(call, first_input(call));
  const std::size_t axis = to_axis(Config(settings).integer("axis", -1), call.shape(x).rank());
  const auto relu = [&](ValueId value) {
    return call.add(ops::make_unary(kernels::relu()), {value});
  };
  return {call.add(ops::make_concat(axis), {relu(x), relu(add_affine(call, -1.0, 0.0, x))})};
}

/// What is outside of a band around the diagonal becomes 0; a negative width is all of that side.
std::vector<ValueId> band_part(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::int64_t lower = config.integer("num_lower", -1);
  const std::int64_t upper = config.integer("num_upper", -1);
  ValueId x = first_input(call);
  if (upper >= 0) x = add_keras_operation(call, "Tril", {{"k", upper}}, {x}).front();
  if (lower >= 0) x = add_keras_operation(call, "Triu", {{"k", -lower}}, {x}).front();
  return {x};
}

std::vector<ValueId> matrix_product(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const auto factor = [&](std::size_t position, std::string_view name) {
    const ValueId value = as_value(call, operand_of(call, position, {name}));
    const bool is_turned = config.boolean(fmt::format("transpose_{}", name), false) ||
                           config.boolean(fmt::format("adjoint_{}", name), false);
    if (!is_turned) return value;
    return add_keras_operation(call, "Swapaxes", {{"axis1", -2}, {"axis2", -1}}, {value}).front();
  };
  return add_keras_operation(call, "Matmul", Json::object(), {factor(0, "a"), factor(1, "b")});
}

/// Over all axes where none is named.
std::vector<ValueId> normalized(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId x = as_float(call, first_input(call));
  const ValueId square = call.add(ops::make_unary({UnaryKind::kSquare}), {x});
  const ValueId sum = call.add(
      ops::make_reduce(ReduceKind::kSum, axes_or_all(config, "axis", call.shape(x).rank()), true),
      {square});
  const ValueId bounded =
      add_binary(call, BinaryKind::kMaximum, sum, Operand::real(config.number("epsilon", 1e-12)));
  return {multiply(call, x, call.add(ops::make_unary({UnaryKind::kRsqrt}), {bounded}))};
}

ValueId add_norm(LayerCall& call, bool keeps_axes) {
  const Json settings = settings_of(call);
  Json config{{"axis", settings.value("axis", Json())}, {"keepdims", keeps_axes}};
  if (settings.value("ord", Json("euclidean")) != "euclidean") config["ord"] = settings["ord"];
  return add_keras_operation(call, "Norm", config, {first_input(call)}).front();
}

std::vector<ValueId> norm(LayerCall& call) {
  const Json settings = settings_of(call);
  return {add_norm(call, Config(settings).boolean("keepdims", false))};
}

/// The quotients and what they are divided by.
std::vector<ValueId> by_its_norm(LayerCall& call) {
  const ValueId length = add_norm(call, true);
  return {add_division(call, first_input(call), length), length};
}

std::vector<ValueId> cross_product(LayerCall& call) {
  return add_keras_operation(
      call, "Cross", Json::object(),
      {as_value(call, operand_of(call, 0, {"a"})), as_value(call, operand_of(call, 1, {"b"}))});
}

std::vector<ValueId> tensordot(LayerCall& call) {
  const Json settings = settings_of(call);
  return add_keras_operation(
      call, "Tensordot", {{"axes", settings.value("axes", Json(2))}},
      {as_value(call, operand_of(call, 0, {"a"})), as_value(call, operand_of(call, 1, {"b"}))});
}

std::vector<ValueId> flat_samples(LayerCall& call) {
  const ValueId x = first_input(call);
  return {add_reshape(call, x, {call.shape(x)[0], Shape::kFree})};
}

ValueId add_pooling(LayerCall& call, std::string_view operation) {
  const Json settings = settings_of(call);
  require_channels_last(settings);
  const ValueId x = first_input(call);
  const std::size_t rank = call.shape(x).rank() - 2;
  const Json config{{"pool_size", window_sizes(settings.value("ksize", Json(2)), rank)},
                    {"strides", window_sizes(settings.value("strides", Json(1)), rank)},
                    {"padding", padding_of(settings)}};
  return add_keras_operation(call, operation, config, {x}).front();
}

std::vector<ValueId> max_pool(LayerCall& call) { return {add_pooling(call, "MaxPool")}; }
std::vector<ValueId> average_pool(LayerCall& call) { return {add_pooling(call, "AveragePool")}; }

/// off + (on - off) where the class is.
std::vector<ValueId> one_hot(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const bool has_values = config.has("on_value") || config.has("off_value");
  require(!has_values || config.text("dtype", "float32") == "float32", ErrorCode::kUnsupported,
          "on_value or off_value of another type than float32 is not supported");
  Json rewritten{{"num_classes", settings.value("depth", Json())}};
  for (const char* key : {"axis", "dtype"}) {
    if (config.has(key)) rewritten[key] = settings[key];
  }
  const ValueId hot = add_keras_operation(call, "OneHot", rewritten, {first_input(call)}).front();
  if (!has_values) return {hot};
  const double off = config.number("off_value", 0.0);
  return {add_affine(call, config.number("on_value", 1.0) - off, off, hot)};
}

bool is_falling(const Json& settings) {
  return settings.value("direction", Json("ASCENDING")) == "DESCENDING";
}

std::vector<ValueId> sorted(LayerCall& call) {
  const Json settings = settings_of(call);
  const Json axis = Config(settings).integer("axis", -1);
  const std::vector<ValueId> rising =
      add_keras_operation(call, "Sort", {{"axis", axis}}, {first_input(call)});
  return is_falling(settings) ? add_keras_operation(call, "Flip", {{"axis", axis}}, rising)
                              : rising;
}

std::vector<ValueId> places(LayerCall& call) {
  const Json settings = settings_of(call);
  const std::int64_t axis = Config(settings).integer("axis", -1);
  const ValueId x = first_input(call);
  if (!is_falling(settings)) return add_keras_operation(call, "Argsort", {{"axis", axis}}, {x});
  const std::size_t last = call.shape(x).rank() - 1;
  require(to_axis(axis, last + 1) == last, ErrorCode::kUnsupported,
          "falling order along another axis than the last is not supported");
  return {add_keras_operation(call, "TopK", {{"k", call.shape(x)[last]}}, {x})[1]};
}

/// From the end for `reverse`; without the element itself for `exclusive`.
std::vector<ValueId> running_sum(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  ValueId x = first_input(call);
  const std::size_t axis = to_axis(config.integer("axis", 0), call.shape(x).rank());
  const bool is_reversed = config.boolean("reverse", false);
  if (is_reversed) x = add_flip(call, x, axis);
  ValueId sums = add_keras_operation(call, "Cumsum", {{"axis", axis}}, {x}).front();
  if (config.boolean("exclusive", false)) {
    std::vector<ops::AxisPadding> padding(call.shape(sums).rank());
    padding[axis] = {1, 0};
    const std::int64_t size = call.shape(sums)[axis];
    sums = add_part(call, call.add(ops::make_pad(padding), {sums}), {axis, 0, 1, size});
  }
  return {is_reversed ? add_flip(call, sums, axis) : sums};
}

/// A size of -1 is what is left.
std::vector<ValueId> slice(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId x = first_input(call);
  const Shape& shape = call.shape(x);
  const std::vector<std::int64_t> begin = config.integers("begin");
  const std::vector<std::int64_t> size = config.integers("size");
  require(begin.size() == shape.rank() && size.size() == shape.rank(), ErrorCode::kMalformed,
          "a part of {} axes of a tensor of {}", begin.size(), shape.rank());
  std::vector<ops::AxisSlice> parts;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t left = checked_add(shape[axis], -begin[axis]);
    const std::int64_t wanted = size[axis] == -1 ? left : size[axis];
    require(begin[axis] >= 0 && wanted > 0 && wanted <= left, ErrorCode::kInvalidArgument,
            "axis {} of the shape {} has no part {} of {}", axis, to_string(shape), begin[axis],
            size[axis]);
    parts.push_back({axis, begin[axis], 1, wanted});
  }
  return {call.add(ops::make_slice(parts), {x})};
}

const LowerFunctions& other_functions() {
  static const LowerFunctions functions{
      {"argsort", places},
      {"compat.v1.nn.crelu", concatenated_relu},
      {"compat.v1.norm", norm},
      {"histogram_fixed_width", fixed_width_histogram},
      {"keras.backend.batch_flatten", flat_samples},
      {"linalg.band_part", band_part},
      {"linalg.cross", cross_product},
      {"linalg.matmul", matrix_product},
      {"linalg.normalize", by_its_norm},
      {"linalg.svd", singular_values},
      {"math.add_n", sum_of_all},
      {"math.atan2", arctan2},
      {"math.cumsum", running_sum},
      {"math.l2_normalize", normalized},
      {"math.divide_no_nan", divide_no_nan},
      {"math.multiply_no_nan", multiply_no_nan},
      {"math.reciprocal_no_nan", reciprocal_no_nan},
      {"math.reduce_euclidean_norm", norm},
      {"math.squared_difference", squared_difference},
      {"math.xdivy", zero_over},
      {"math.xlog1py", zero_times<UnaryKind::kLog1p>},
      {"math.xlogy", zero_times<UnaryKind::kLog>},
      {"nn.avg_pool", average_pool},
      {"nn.avg_pool1d", average_pool},
      {"nn.avg_pool2d", average_pool},
      {"nn.avg_pool3d", average_pool},
      {"nn.bias_add", add_bias},
      {"nn.max_pool1d", max_pool},
      {"nn.max_pool2d", max_pool},
      {"nn.max_pool3d", max_pool},
      {"one_hot", one_hot},
      {"slice", slice},
      {"sort", sorted},
      {"tensordot", tensordot},
  };
  return functions;
}

}  // namespace

LowerFunction find_tensorflow_function(std::string_view name) {
  for (const LowerFunctions& functions :
       {std::cref(other_functions()), std::cref(tensorflow_images()), std::cref(tensorflow_sizes()),
        std::cref(tensorflow_arrays())}) {
    if (const auto found = functions.find(name); found != functions.end()) return found->second;
  }
  return nullptr;
}

}  // namespace weir::layers
