#include "layers/layer.h"

#include <cmath>

#include "base/checked.h"

namespace weir::layers {
namespace {

[[noreturn]] void fail_key(std::string_view key, std::string_view wanted, const Json& value) {
  fail(ErrorCode::kMalformed, "config key '{}' should be {}, but is {}", key, wanted,
       value.dump().substr(0, 60));
}

std::int64_t to_integer(std::string_view key, const Json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) < 0x1p53) {
      return static_cast<std::int64_t>(number);
    }
  }
  fail_key(key, "an integer", value);
}

double to_number(std::string_view key, const Json& value) {
  if (!value.is_number()) fail_key(key, "a number", value);
  return value.get<double>();
}

template <typename T>
std::vector<T> to_list(std::string_view key, const Json& value,
                       T (*element)(std::string_view, const Json&)) {
  std::vector<T> list;
  if (!value.is_array()) return {element(key, value)};
  for (const Json& item : value) list.push_back(element(key, item));
  return list;
}

std::vector<ValueId> add_inputs(graph::GraphBuilder& builder,
                                std::span<const graph::ValueType> types) {
  std::vector<ValueId> values;
  for (const graph::ValueType& type : types) values.push_back(builder.add_input(type));
  return values;
}

}  // namespace

bool Config::has(std::string_view key) const {
  const auto found = json_->find(key);
  return found != json_->end() && !found->is_null();
}

std::int64_t Config::integer(std::string_view key, std::int64_t fallback) const {
  return has(key) ? to_integer(key, *json_->find(key)) : fallback;
}

double Config::number(std::string_view key, double fallback) const {
  return has(key) ? to_number(key, *json_->find(key)) : fallback;
}

bool Config::boolean(std::string_view key, bool fallback) const {
  if (!has(key)) return fallback;
  const Json& value = *json_->find(key);
  if (!value.is_boolean()) fail_key(key, "true or false", value);
  return value.get<bool>();
}

std::string Config::text(std::string_view key, std::string_view fallback) const {
  if (!has(key)) return std::string(fallback);
  const Json& value = *json_->find(key);
  if (!value.is_string()) fail_key(key, "a text", value);
  return value.get<std::string>();
}

std::vector<std::int64_t> Config::integers(std::string_view key) const {
  return has(key) ? to_list(key, *json_->find(key), to_integer) : std::vector<std::int64_t>{};
}

std::vector<double> Config::numbers(std::string_view key) const {
  return has(key) ? to_list(key, *json_->find(key), to_number) : std::vector<double>{};
}

std::vector<std::int64_t> Config::sizes(std::string_view key, std::size_t count,
                                        std::int64_t fallback) const {
  std::vector<std::int64_t> values = integers(key);
  if (values.empty()) values.assign(count, fallback);
  if (values.size() == 1) values.assign(count, values.front());
  require(values.size() == count, ErrorCode::kMalformed, "config key '{}' has {} values, not {}",
          key, values.size(), count);
  for (const std::int64_t value : values) {
    require(value > 0 && value <= INT32_MAX, ErrorCode::kMalformed,
            "config key '{}' has the size {}", key, value);
  }
  return values;
}

bool Config::channels_first() const {
  const std::string format = text("data_format", "channels_last");
  require(format == "channels_last" || format == "channels_first", ErrorCode::kMalformed,
          "data_format is '{}'", format);
  return format == "channels_first";
}

ValueId LayerCall::input() const {
  require(inputs_.size() == 1, ErrorCode::kInvalidArgument, "is called on {} tensors, not on 1",
          inputs_.size());
  return inputs_.front();
}

ValueId LayerCall::add(graph::OperationPtr operation, std::vector<ValueId> inputs) {
  return surroundings_.builder.add(path_, std::move(operation), std::move(inputs));
}

std::vector<ValueId> LayerCall::add_many(graph::OperationPtr operation,
                                         std::vector<ValueId> inputs) {
  return surroundings_.builder.add_many(path_, std::move(operation), std::move(inputs));
}

ValueId LayerCall::in_declared_type(ValueId value, graph::OperationPtr narrow) {
  graph::GraphBuilder& builder = surroundings_.builder;
  return builder.is_narrowed(value) ? builder.widen_input(value, path_, std::move(narrow)) : value;
}

std::string LayerCall::state_name(std::size_t index) const {
  return fmt::format("{}/state {}", path_, index);
}

ValueId LayerCall::state(std::size_t index, const graph::ValueType& type) {
  return surroundings_.builder.state(state_name(index), type);
}

void LayerCall::set_state(std::size_t index, ValueId value) {
  surroundings_.builder.set_state(state_name(index), value);
}

std::vector<ValueId> LayerCall::add_inner(const keras::LayerRecord& inner,
                                          const std::vector<ValueId>& inputs) {
  return surroundings_.inner.add(inner, path_of(inner), inputs, surroundings_.builder);
}

graph::Graph LayerCall::graph_of(const keras::LayerRecord& inner,
                                 std::span<const graph::ValueType> inputs) const {
  graph::GraphBuilder builder;
  const std::vector<ValueId> values = add_inputs(builder, inputs);
  return builder.finish(surroundings_.inner.add(inner, path_of(inner), values, builder));
}

graph::Graph LayerCall::graph_by(const Lower& lower,
                                 std::span<const graph::ValueType> inputs) const {
  graph::GraphBuilder builder;
  LayerCall call(record_, nullptr, path_, add_inputs(builder, inputs), {},
                 {builder, surroundings_.facts, surroundings_.inner});
  return builder.finish(lower(call));
}

const std::vector<keras::WeightRecord>& LayerCall::variables() const {
  const keras::LayerWeights* weights = &record_.weights;
  while (weights->vars.empty() && weights->parts.size() == 1) {
    weights = &weights->parts.begin()->second;
  }
  return weights->vars;
}

graph::Constant LayerCall::weight(std::size_t index, const Shape& expected) const {
  graph::Constant constant{fmt::format("{}/{}", path_, index), DType::kFloat32, expected, {}};
  // An absurd shape is refused here even when there are no bytes to compare it with.
  static_cast<void>(checked_mul<std::int64_t>(expected.elements(), sizeof(float)));
  if (!has_weights()) return constant;
  const auto& vars = variables();
  require(index < vars.size(), ErrorCode::kMalformed,
          "the file has {} weights for it, number {} with shape {} is missing", vars.size(), index,
          to_string(expected));
  const keras::WeightRecord& weight = vars[index];
  require(weight.shape == expected, ErrorCode::kMalformed,
          "weight '{}' has the shape {}, expected {}", weight.name, to_string(weight.shape),
          to_string(expected));
  constant.dtype = weight.dtype;
  constant.data = weight.data;
  return constant;
}

}  // namespace weir::layers
