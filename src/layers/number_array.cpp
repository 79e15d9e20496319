#include "layers/number_array.h"

#include <cmath>
#include <limits>

#include "base/fail.h"

namespace weir::layers {
namespace {

std::optional<double> parse_number(const Json& json) {
  if (json.is_boolean()) return json.get<bool>() ? 1.0 : 0.0;
  if (json.is_number()) return json.get<double>();
  return std::nullopt;
}

DType type_of(const Json& number) {
  if (number.is_boolean()) return DType::kBool;
  return number.is_number_integer() ? DType::kInt32 : DType::kFloat32;
}

/// The first path through the lists gives the shape; all others must have the same.
Shape shape_of(const Json& list) {
  Shape shape;
  const Json* item = &list;
  while (item->is_array()) {
    shape.push_back(static_cast<std::int64_t>(item->size()));
    require(!item->empty(), ErrorCode::kUnsupported, "an empty list of numbers is not supported");
    item = &item->front();
  }
  return shape;
}

void append_list(const Json& json, std::size_t depth, NumberArray& array) {
  if (depth == array.shape.rank()) {
    const std::optional<double> number = parse_number(json);
    require(number.has_value(), ErrorCode::kMalformed, "expected a number instead of {}",
            json.dump().substr(0, 60));
    array.values.push_back(*number);
    const DType dtype = type_of(json);
    if (dtype == DType::kFloat32 || array.dtype == DType::kBool) array.dtype = dtype;
    return;
  }
  require(json.is_array() && static_cast<std::int64_t>(json.size()) == array.shape[depth],
          ErrorCode::kMalformed, "nested lists are not of equal length");
  for (const Json& item : json) append_list(item, depth + 1, array);
}

DType executable(const std::string& name) {
  if (name.starts_with("float") || name.starts_with("bfloat")) return DType::kFloat32;
  return name == "bool" ? DType::kBool : DType::kInt32;
}

NumberArray parse_plain(const Json& json) {
  NumberArray array;
  array.shape = shape_of(json);
  array.dtype = DType::kBool;
  append_list(json, 0, array);
  array.is_number = json.is_number();
  return array;
}

}  // namespace

Operand NumberArray::operand(const std::string& path) const {
  if (is_number) return Operand::number(values.front(), dtype != DType::kFloat32);
  return Operand::array(path, values, shape, dtype);
}

std::optional<NumberArray> parse_numbers(const Json& json) {
  if (parse_number(json) || json.is_array()) return parse_plain(json);
  if (!json.is_object()) return std::nullopt;
  const std::string class_name = Config(json).text("class_name", "");
  if (class_name != "__numpy__" && class_name != "__tensor__") return std::nullopt;
  const Json config = json.value("config", Json::object());
  if (!config.is_object() || !config.contains("value")) return std::nullopt;
  NumberArray array = parse_plain(config["value"]);
  array.dtype = executable(Config(config).text("dtype", "float32"));
  array.is_number = false;
  return array;
}

}  // namespace weir::layers
