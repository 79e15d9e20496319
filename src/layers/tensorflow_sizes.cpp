#include "layers/tensorflow_sizes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/fail.h"
#include "keras/record.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/diagonal.h"
#include "layers/number_array.h"
#include "layers/shaping.h"
#include "ops/batch_size.h"
#include "ops/reduce.h"

/// Functions of TensorFlow that tell sizes, and that make tensors of them.
namespace weir::layers {
namespace {

constexpr double kMostNumbers = 1 << 24;  // A range longer than this is a mistake.

ValueId add_shape(LayerCall& call) {
  return call.add(ops::make_shape_value(call.shape(first_input(call))), {});
}

std::vector<ValueId> shape(LayerCall& call) { return {add_shape(call)}; }

std::vector<ValueId> size(LayerCall& call) {
  return {call.add(ops::make_reduce(kernels::ReduceKind::kProduct, {0}, /*keeps_axes=*/false),
                   {add_shape(call)})};
}

std::vector<ValueId> rank(LayerCall& call) {
  const auto axes = static_cast<double>(call.shape(first_input(call)).rank());
  return {as_value(call, Operand::number(axes, /*is_integer=*/true))};
}

/// The argument of that place or name as a shape.
Shape target_of(const LayerCall& call, std::size_t position, std::string_view name) {
  const Json* sizes = find_argument(call, position, {name});
  require(sizes != nullptr, ErrorCode::kMalformed, "has no {}", name);
  require(!tensor_index(*sizes, call.inputs().size()), ErrorCode::kUnsupported,
          "a shape that depends on the data is not supported");
  const Json holder{{"sizes", *sizes}};
  return Shape(std::span<const std::int64_t>(Config(holder).integers("sizes")));
}

/// The type that the call asks for.
DType type_of_call(const LayerCall& call, std::string_view otherwise) {
  const Json settings = settings_of(call);
  const std::string name = Config(settings).text("dtype", otherwise);
  const std::optional<DType> dtype = dtype_from_name(name);
  require(dtype.has_value() && *dtype != DType::kString, ErrorCode::kUnsupported,
          "the type '{}' is not supported", name);
  return executable_type(*dtype);
}

template <int kNumber>
std::vector<ValueId> full_of(LayerCall& call) {
  const DType dtype = type_of_call(call, "float32");
  const ValueId number = as_value(call, Operand::number(kNumber, dtype != DType::kFloat32));
  return {add_broadcast(call, add_cast(call, dtype, number), target_of(call, 0, "shape"))};
}

std::vector<ValueId> filled(LayerCall& call) {
  return {add_broadcast(call, as_value(call, operand_of(call, 1, {"value"})),
                        target_of(call, 0, "dims"))};
}

std::vector<ValueId> broadcast_to(LayerCall& call) {
  return {add_broadcast(call, as_value(call, operand_of(call, 0, {"input"})),
                        target_of(call, 1, "shape"))};
}

std::optional<double> find_number(const LayerCall& call, std::size_t position,
                                  std::string_view name) {
  const Json* argument = find_argument(call, position, {name});
  if (argument == nullptr || argument->is_null()) return std::nullopt;
  require(argument->is_number(), ErrorCode::kUnsupported,
          "the argument {} depends on the data, which is not supported", name);
  return argument->get<double>();
}

bool has_fraction(const LayerCall& call) {
  if (call.call() == nullptr) return false;
  const auto is_float = [](const Json& argument) { return argument.is_number_float(); };
  return std::ranges::any_of(call.call()->args, is_float) ||
         std::ranges::any_of(call.call()->kwargs, is_float);
}

/// From 0 to the first argument, or from that to the limit.
std::vector<ValueId> range(LayerCall& call) {
  const double first = find_number(call, 0, "start").value_or(0);
  const std::optional<double> limit = find_number(call, 1, "limit");
  const double step = find_number(call, 2, "delta").value_or(1);
  const double begin = limit ? first : 0;
  const double count = std::ceil((limit.value_or(first) - begin) / step);
  require(count >= 1 && count <= kMostNumbers, ErrorCode::kUnsupported, "a range of {} numbers",
          count);
  std::vector<double> numbers;
  for (double i = 0; i < count; ++i) numbers.push_back(begin + i * step);
  const DType dtype = type_of_call(call, has_fraction(call) ? "float32" : "int32");
  return {add_cast(call, dtype,
                   as_value(call, Operand::array(call.path(), numbers,
                                                 {static_cast<std::int64_t>(count)}, dtype)))};
}

std::vector<ValueId> identity_matrix(LayerCall& call) {
  const double rows = find_number(call, 0, "num_rows").value_or(0);
  const double columns = find_number(call, 1, "num_columns").value_or(rows);
  require(find_argument(call, 2, {"batch_shape"}) == nullptr, ErrorCode::kUnsupported,
          "the argument batch_shape is not supported");
  require(rows >= 1 && columns >= 1 && rows * columns <= kMostNumbers, ErrorCode::kUnsupported,
          "a matrix of {} x {}", rows, columns);
  return {as_value(
      call, ones_on_diagonal(call.path(), static_cast<std::int64_t>(rows),
                             static_cast<std::int64_t>(columns), type_of_call(call, "float32")))};
}

/// Of each length, which of the first `maxlen` places are within it.
std::vector<ValueId> sequence_mask(LayerCall& call) {
  const ValueId lengths = first_input(call);
  const double count = find_number(call, 1, "maxlen").value_or(0);
  require(count >= 1 && count <= kMostNumbers, ErrorCode::kUnsupported,
          "a mask without maxlen is as long as the data says, which is not supported");
  std::vector<double> places;
  for (double place = 0; place < count; ++place) places.push_back(place);
  Shape column = call.shape(lengths);
  column.push_back(1);
  const Operand row = Operand::array(call.path(), places, {static_cast<std::int64_t>(count)},
                                     call.type(lengths).dtype);
  const ValueId mask =
      add_comparison(call, kernels::ComparisonKind::kLess, row, add_reshape(call, lengths, column));
  return {add_cast(call, type_of_call(call, "bool"), mask)};
}

}  // namespace

const LowerFunctions& tensorflow_sizes() {
  static const LowerFunctions functions{
      {"broadcast_to", broadcast_to},
      {"compat.v1.shape", shape},
      {"compat.v1.size", size},
      {"eye", identity_matrix},
      {"fill", filled},
      {"ones", full_of<1>},
      {"range", range},
      {"rank", rank},
      {"sequence_mask", sequence_mask},
      {"shape", shape},
      {"size", size},
      {"zeros", full_of<0>},
  };
  return functions;
}

}  // namespace weir::layers
