#include "layers/tensorflow_arrays.h"

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/diagonal.h"
#include "layers/keras_operation.h"
#include "layers/known_value.h"
#include "layers/number_array.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/taking.h"
#include "layers/tensorflow_windows.h"
#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Functions of TensorFlow that take parts out of tensors, put some in, or slide over them.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

ValueId value_at(LayerCall& call, std::size_t position, std::string_view name) {
  return as_value(call, operand_of(call, position, {name}));
}

/// keras.ops.take, without axes of cases.
std::vector<ValueId> take(LayerCall& call, std::size_t axis, std::string_view places) {
  const Json* const table = find_argument(call, 0, {"params"});
  const Json* const at = find_argument(call, 1, {places});
  require(table != nullptr && at != nullptr, ErrorCode::kMalformed, "has no params or no {}",
          places);
  return add_keras_operation(call, "Take", {{"axis", axis}},
                             {call.inputs().begin(), call.inputs().end()},
                             {{"x", *table}, {"indices", *at}});
}

/// keras.ops has it for an axis; here it is that after the batch axes where none is named.
std::vector<ValueId> gather(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId x = value_at(call, 0, "params");
  const std::size_t batch_axes = to_axis(config.integer("batch_dims", 0), call.shape(x).rank());
  const std::size_t axis =
      to_axis(config.integer("axis", static_cast<std::int64_t>(batch_axes)), call.shape(x).rank());
  if (batch_axes == 0) return take(call, axis, "indices");
  return {add_take(call, x, value_at(call, 1, "indices"), axis, batch_axes)};
}

std::vector<ValueId> embedding_lookup(LayerCall& call) {
  const Json settings = settings_of(call);
  require(!Config(settings).has("max_norm"), ErrorCode::kUnsupported,
          "the argument max_norm is not supported");
  return take(call, 0, "ids");
}

/// The last axis of the indices has a place in each of the first axes after the batch's.
std::vector<ValueId> gather_nd(LayerCall& call) {
  const Json settings = settings_of(call);
  const ValueId x = value_at(call, 0, "params");
  const ValueId indices = add_cast(call, DType::kInt32, value_at(call, 1, "indices"));
  const Shape from = call.shape(x);
  const Shape at = call.shape(indices);
  const std::size_t first = to_axis(Config(settings).integer("batch_dims", 0), from.rank());
  require(
      !at.empty() && at.back() > 0 && first + static_cast<std::size_t>(at.back()) <= from.rank(),
      ErrorCode::kInvalidArgument, "indices of the shape {} do not fit a tensor of the shape {}",
      to_string(at), to_string(from));
  const auto depth = static_cast<std::size_t>(at.back());
  std::vector<double> strides(depth, 1);
  for (std::size_t i = depth - 1; i > 0; --i) {
    strides[i - 1] = strides[i] * static_cast<double>(from[first + i]);
  }
  const ValueId parts =
      add_binary(call, BinaryKind::kMultiply, indices,
                 Operand::array(call.path(), strides, {at.back()}, DType::kInt32));
  const ValueId places = call.add(
      ops::make_reduce(kernels::ReduceKind::kSum, {at.rank() - 1}, /*keeps_axes=*/false), {parts});
  Shape flat(from.dims().first(first));
  flat.push_back(Shape(from.dims().subspan(first, depth)).elements());
  for (const std::int64_t size : from.dims().subspan(first + depth)) flat.push_back(size);
  return {add_take(call, add_reshape(call, x, flat), places, first, first)};
}

/// Where a mask that is a constant list is true.
std::vector<ValueId> boolean_mask(LayerCall& call) {
  const ValueId x = first_input(call);
  const Operand mask = operand_of(call, 1, {"mask"});
  require(!mask.value(), ErrorCode::kUnsupported,
          "a mask that is computed makes a result whose shape depends on the data");
  const auto numbers = parse_numbers(*find_argument(call, 1, {"mask"}));
  require(numbers && numbers->shape.rank() == 1, ErrorCode::kUnsupported,
          "a mask of more than one axis is not supported");
  const Json settings = settings_of(call);
  const std::size_t axis = to_axis(Config(settings).integer("axis", 0), call.shape(x).rank());
  require(numbers->shape[0] == call.shape(x)[axis], ErrorCode::kInvalidArgument,
          "a mask of {} does not fit the shape {}", numbers->shape[0], to_string(call.shape(x)));
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < numbers->values.size(); ++i) {
    if (numbers->values[i] != 0) places.push_back(static_cast<std::int64_t>(i));
  }
  return {call.add(ops::make_take(axis, std::move(places)), {x})};
}

/// Begin, end and stride of each axis, as an index: bits of the masks say which do not count.
std::vector<ValueId> strided_slice(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  for (const char* mask : {"ellipsis_mask", "new_axis_mask"}) {
    require(config.integer(mask, 0) == 0, ErrorCode::kUnsupported,
            "the argument {} is not supported", mask);
  }
  const std::vector<std::int64_t> begin = config.integers("begin");
  const std::vector<std::int64_t> end = config.integers("end");
  const std::vector<std::int64_t> strides = config.has("strides")
                                                ? config.integers("strides")
                                                : std::vector<std::int64_t>(begin.size(), 1);
  require(end.size() == begin.size() && strides.size() == begin.size() && begin.size() < 32,
          ErrorCode::kMalformed, "{} begins, {} ends and {} strides", begin.size(), end.size(),
          strides.size());
  const auto is_marked = [&](const char* mask, std::size_t axis) {
    return (config.integer(mask, 0) >> axis & 1) != 0;
  };
  Json index = Json::array();
  for (std::size_t axis = 0; axis < begin.size(); ++axis) {
    if (is_marked("shrink_axis_mask", axis)) {
      index.push_back(begin[axis]);
      continue;
    }
    Json slice{{"start", begin[axis]}, {"stop", end[axis]}, {"step", strides[axis]}};
    if (is_marked("begin_mask", axis)) slice["start"] = nullptr;
    if (is_marked("end_mask", axis)) slice["stop"] = nullptr;
    index.push_back({{"class_name", "__slice__"}, {"config", std::move(slice)}});
  }
  return add_keras_operation(call, "GetItem", Json::object(), {first_input(call)},
                             {{"key", std::move(index)}});
}

/// The vectors on the diagonals of matrices, whose other elements are those of `rest`.
ValueId with_diagonal(LayerCall& call, ValueId vectors, const Operand& rest, const Shape& matrix) {
  require(matrix[matrix.rank() - 2] >= matrix.back(), ErrorCode::kUnsupported,
          "the diagonal of a matrix {} that is wider than high is not supported",
          to_string(matrix));
  Shape row = call.shape(vectors);
  row.push_back(row.back());
  row[row.rank() - 2] = 1;
  const Operand mask =
      ones_on_diagonal(call.path(), matrix[matrix.rank() - 2], matrix.back(), DType::kBool);
  return add_select(call, mask, add_reshape(call, vectors, row), rest);
}

std::vector<ValueId> diagonal_matrices(LayerCall& call) {
  const Json settings = settings_of(call);
  for (const char* argument : {"k", "num_rows", "num_cols"}) {
    const std::int64_t usual = argument == std::string_view("k") ? 0 : -1;
    require(Config(settings).integer(argument, usual) == usual, ErrorCode::kUnsupported,
            "the argument {} is not supported", argument);
  }
  const ValueId vectors = first_input(call);
  Shape matrix = call.shape(vectors);
  require(!matrix.empty(), ErrorCode::kInvalidArgument, "a number has no diagonal");
  matrix.push_back(matrix.back());
  const Json padding = settings.value("padding_value", Json(0));
  return {with_diagonal(call, vectors, to_operand(call, padding), matrix)};
}

std::vector<ValueId> set_diagonal(LayerCall& call) {
  const Json settings = settings_of(call);
  require(Config(settings).integer("k", 0) == 0, ErrorCode::kUnsupported,
          "the argument k is not supported");
  const ValueId x = first_input(call);
  require(call.shape(x).rank() >= 2, ErrorCode::kInvalidArgument, "the shape {} has no diagonal",
          to_string(call.shape(x)));
  return {with_diagonal(call, value_at(call, 1, "diagonal"), x, call.shape(x))};
}

/// An argument that is a constant, or is computed of constants.
Json constant_at(const LayerCall& call, std::size_t position, std::string_view name) {
  const Json* given = find_argument(call, position, {name});
  require(given != nullptr, ErrorCode::kMalformed, "has no {}", name);
  const auto tensor = tensor_index(*given, call.inputs().size());
  if (!tensor) return *given;
  const auto known = find_known(call, call.inputs()[*tensor]);
  require(known.has_value(), ErrorCode::kUnsupported,
          "a {} that is computed is not supported, only one that is constant", name);
  return to_json(known->numbers);
}

/// A convolution of keras.ops with a constant kernel.
std::vector<ValueId> convolve(LayerCall& call, std::string_view operation, std::string_view kernel,
                              std::string_view stride) {
  const Json settings = settings_of(call);
  require_channels_last(settings);
  const std::size_t rank = call.shape(first_input(call)).rank() - 2;
  const Json rewritten{{"strides", window_sizes(settings.value(stride, Json(1)), rank)},
                       {"padding", padding_of(settings)},
                       {"dilation_rate", window_sizes(settings.value("dilations", Json(1)), rank)}};
  return add_keras_operation(call, operation, rewritten, {first_input(call)},
                             {{"kernel", constant_at(call, 1, kernel)}});
}

std::vector<ValueId> convolution_1d(LayerCall& call) {
  return convolve(call, "Conv", "filters", "stride");
}
std::vector<ValueId> convolution_2d(LayerCall& call) {
  return convolve(call, "Conv", "filter", "strides");
}
std::vector<ValueId> convolution_2d_v2(LayerCall& call) {
  return convolve(call, "Conv", "filters", "strides");
}
std::vector<ValueId> depthwise_convolution(LayerCall& call) {
  return convolve(call, "DepthwiseConv", "filter", "strides");
}

std::vector<ValueId> extract_patches(LayerCall& call) {
  const Json settings = settings_of(call);
  const Json rewritten{{"size", window_sizes(settings.value("sizes", Json(1)), 2)},
                       {"strides", window_sizes(settings.value("strides", Json(1)), 2)},
                       {"dilation_rate", window_sizes(settings.value("rates", Json(1)), 2)},
                       {"padding", padding_of(settings)}};
  return add_keras_operation(call, "ExtractPatches", rewritten, {first_input(call)});
}

/// x / (bias + alpha s) ^ beta, where s is the sum of the squares of the channels next to each.
std::vector<ValueId> local_response_normalization(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::int64_t radius = config.integer("depth_radius", 5);
  const ValueId x = as_float(call, first_input(call));
  const std::int64_t channels = call.shape(x).back();
  require(radius >= 0 && channels <= 1 << 12, ErrorCode::kUnsupported,
          "{} channels with a radius of {} are not supported", channels, radius);
  Json band = Json::array();
  for (std::int64_t from = 0; from < channels; ++from) {
    Json row = Json::array();
    for (std::int64_t to = 0; to < channels; ++to) {
      row.push_back(std::abs(from - to) <= radius ? 1.0 : 0.0);
    }
    band.push_back(std::move(row));
  }
  const ValueId squares = call.add(ops::make_unary({kernels::UnaryKind::kSquare}), {x});
  const ValueId sums =
      add_keras_operation(call, "Matmul", Json::object(), {squares}, {{"x2", band}}).front();
  const ValueId base = add_affine(call, config.number("alpha", 1), config.number("bias", 1), sums);
  const ValueId power =
      add_binary(call, BinaryKind::kPower, base, Operand::real(-config.number("beta", 0.5)));
  return {add_binary(call, BinaryKind::kMultiply, x, power)};
}

/// Scaled down to the given norm, where it has a larger one.
std::vector<ValueId> clip_by_norm(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId x = as_float(call, first_input(call));
  const double most = config.number("clip_norm", 1);
  const Json wanted{{"axis", settings.value("axes", Json())}, {"keepdims", true}};
  const ValueId norm = add_keras_operation(call, "Norm", wanted, {x}).front();
  const ValueId divisor = add_binary(call, BinaryKind::kMaximum, norm, Operand::real(most));
  return {add_division(call, add_affine(call, most, 0, x), divisor)};
}

}  // namespace

const LowerFunctions& tensorflow_arrays() {
  static const LowerFunctions functions{
      {"clip_by_norm", clip_by_norm},
      {"compat.v1.boolean_mask", boolean_mask},
      {"compat.v1.gather", gather},
      {"compat.v1.gather_nd", gather_nd},
      {"compat.v1.nn.conv1d", convolution_1d},
      {"compat.v1.nn.conv2d", convolution_2d},
      {"compat.v1.nn.depthwise_conv2d", depthwise_convolution},
      {"compat.v1.nn.embedding_lookup", embedding_lookup},
      {"gather", gather},
      {"gather_nd", gather_nd},
      {"image.extract_patches", extract_patches},
      {"linalg.diag", diagonal_matrices},
      {"linalg.set_diag", set_diagonal},
      {"nn.conv1d", convolution_1d},
      {"nn.conv2d", convolution_2d_v2},
      {"nn.depthwise_conv2d", depthwise_convolution},
      {"nn.embedding_lookup", embedding_lookup},
      {"nn.local_response_normalization", local_response_normalization},
      {"strided_slice", strided_slice},
  };
  return functions;
}

}  // namespace weir::layers
