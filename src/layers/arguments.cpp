#include "layers/arguments.h"

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/number_array.h"

namespace weir::layers {

std::optional<std::size_t> tensor_index(const Json& argument, std::size_t tensors) {
  if (!argument.is_object()) return std::nullopt;
  const auto found = argument.find("tensor");
  if (found == argument.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto index = found->get<std::size_t>();
  require(index < tensors, ErrorCode::kMalformed, "has no tensor {}", index);
  return index;
}

Json settings_of(const LayerCall& call) {
  Json settings = call.config().json();
  if (call.call() != nullptr && call.call()->kwargs.is_object()) {
    settings.update(call.call()->kwargs);
  }
  return settings;
}

std::optional<std::size_t> find_tensor(const LayerCall& call, std::size_t position,
                                       std::string_view name) {
  if (call.call() == nullptr) return position == 0 ? std::optional<std::size_t>(0) : std::nullopt;
  const Json* argument = find_argument(call, position, {name});
  if (argument == nullptr || argument->is_null()) return std::nullopt;
  const auto index = tensor_index(*argument, call.inputs().size());
  require(index.has_value(), ErrorCode::kUnsupported, "argument '{}' is no tensor of the model: {}",
          name, argument->dump().substr(0, 60));
  return index;
}

ValueId first_input(const LayerCall& call) {
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  return call.inputs().front();
}

const Json* find_argument(const LayerCall& call, std::size_t position,
                          std::initializer_list<std::string_view> names) {
  if (call.call() == nullptr) return nullptr;
  const keras::CallRecord& given = *call.call();
  for (const std::string_view name : names) {
    if (const auto found = given.kwargs.find(name); found != given.kwargs.end()) return &*found;
  }
  return given.args.is_array() && position < given.args.size() ? &given.args[position] : nullptr;
}

Operand to_operand(const LayerCall& call, const Json& argument) {
  if (const auto index = tensor_index(argument, call.inputs().size()))
    return Operand(call.inputs()[*index]);
  const std::optional<NumberArray> numbers = parse_numbers(argument);
  require(numbers.has_value(), ErrorCode::kUnsupported, "the argument {} is not supported",
          argument.dump().substr(0, 60));
  return numbers->operand(call.path());
}

std::optional<Operand> find_operand(const LayerCall& call, std::size_t position,
                                    std::initializer_list<std::string_view> names) {
  if (call.call() == nullptr) {
    if (position != 0) return std::nullopt;
    return Operand(call.input());
  }
  const Json* argument = find_argument(call, position, names);
  if (argument == nullptr || argument->is_null()) return std::nullopt;
  return to_operand(call, *argument);
}

Operand operand_of(const LayerCall& call, std::size_t position,
                   std::initializer_list<std::string_view> names) {
  std::optional<Operand> operand = find_operand(call, position, names);
  require(operand.has_value(), ErrorCode::kMalformed, "argument {} is missing", position);
  return *operand;
}

Operand float_operand(LayerCall& call, std::size_t position,
                      std::initializer_list<std::string_view> names) {
  const Operand operand = operand_of(call, position, names);
  return operand.value() ? Operand(as_float(call, *operand.value())) : operand;
}

}  // namespace weir::layers
