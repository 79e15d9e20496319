#include "layers/arguments.h"

#include "base/fail.h"
#include "layers/number_array.h"

namespace weir::layers {
namespace {

const Json* find_argument(const keras::CallRecord& call, std::size_t position,
                          std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto found = call.kwargs.find(name); found != call.kwargs.end()) return &*found;
  }
  return call.args.is_array() && position < call.args.size() ? &call.args[position] : nullptr;
}

std::optional<std::size_t> tensor_index(const Json& argument) {
  if (!argument.is_object()) return std::nullopt;
  const auto found = argument.find("tensor");
  if (found == argument.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::size_t>();
}

}  // namespace

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
  const Json* argument = find_argument(*call.call(), position, {name});
  if (argument == nullptr || argument->is_null()) return std::nullopt;
  const auto index = tensor_index(*argument);
  require(index.has_value(), ErrorCode::kUnsupported, "argument '{}' is no tensor of the model: {}",
          name, argument->dump().substr(0, 60));
  require(*index < call.inputs().size(), ErrorCode::kMalformed, "has no tensor {}", *index);
  return index;
}

std::optional<Operand> find_operand(const LayerCall& call, std::size_t position,
                                    std::initializer_list<std::string_view> names) {
  if (call.call() == nullptr) {
    if (position != 0) return std::nullopt;
    return Operand(call.input());
  }
  const Json* argument = find_argument(*call.call(), position, names);
  if (argument == nullptr || argument->is_null()) return std::nullopt;
  if (const auto index = tensor_index(*argument)) {
    require(*index < call.inputs().size(), ErrorCode::kMalformed, "has no tensor {}", *index);
    return Operand(call.inputs()[*index]);
  }
  const std::optional<NumberArray> numbers = parse_numbers(*argument);
  require(numbers.has_value(), ErrorCode::kUnsupported, "argument {} is not supported: {}",
          position, argument->dump().substr(0, 60));
  return numbers->operand(call.path());
}

Operand operand_of(const LayerCall& call, std::size_t position,
                   std::initializer_list<std::string_view> names) {
  std::optional<Operand> operand = find_operand(call, position, names);
  require(operand.has_value(), ErrorCode::kMalformed, "argument {} is missing", position);
  return *operand;
}

}  // namespace weir::layers
