#pragma once

#include <initializer_list>
#include <optional>

#include "layers/operand.h"

/// The arguments of an operation that was recorded as a node: in its config, or in its call.
namespace weir::layers {

/// Which of the tensors that a call is given an argument is; nothing for anything else. Throws
/// kMalformed where there are not so many.
std::optional<std::size_t> tensor_index(const Json& argument, std::size_t tensors);

/// The config and the call's keyword arguments, the latter winning.
Json settings_of(const LayerCall& call);

/// Which of `call.inputs()` positional argument `position`, or the keyword argument `name`, is;
/// nothing where it is not given or is null. kUnsupported for anything but a tensor.
std::optional<std::size_t> find_tensor(const LayerCall& call, std::size_t position,
                                       std::string_view name);

/// The first tensor that an operation is called on. Throws kInvalidArgument where there is none.
ValueId first_input(const LayerCall& call);

/// Positional argument `position`, or the keyword argument of one of the names, which comes first.
/// Null where it is not given.
const Json* find_argument(const LayerCall& call, std::size_t position,
                          std::initializer_list<std::string_view> names);

/// An argument as it is given: a tensor or a constant. kUnsupported where it is something else.
Operand to_operand(const LayerCall& call, const Json& argument);

/// Positional argument `position`, or the keyword argument of one of the names: a tensor or a
/// constant. Nothing where it is not given or is null; kUnsupported where it is something else.
std::optional<Operand> find_operand(const LayerCall& call, std::size_t position,
                                    std::initializer_list<std::string_view> names);
/// The same. Throws kMalformed where it is missing.
Operand operand_of(const LayerCall& call, std::size_t position,
                   std::initializer_list<std::string_view> names);

/// The same, where it is a tensor cast to float32.
Operand float_operand(LayerCall& call, std::size_t position,
                      std::initializer_list<std::string_view> names);

}  // namespace weir::layers
