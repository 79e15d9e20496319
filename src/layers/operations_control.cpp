#include <algorithm>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/arguments.h"
#include "layers/registry.h"

/// Operations of keras.ops that call functions of a program. A file has these as byte code, which
/// Keras does not load unless it is told to; but activations by their names.
namespace weir::layers {
namespace {

[[noreturn]] void refuse(const LayerCall& call) {
  fail(ErrorCode::kUnsupported,
       "{} calls a function of the program, and Weir never runs code from a file; write the "
       "function "
       "out as operations of keras.ops on whole tensors (where() for a choice, sums and cumsum() "
       "for a loop), or as a layer of your own that you register, and save the model again",
       call.record().class_name);
}

std::vector<ValueId> refuse_function(LayerCall& call) { refuse(call); }

bool is_named(const Json& function) {
  return function.is_object() && function.value("class_name", "") == "function";
}

/// Of all rows at once, since an activation looks at no axis but the last.
ValueId apply_to_rows(LayerCall& call, const Json& function, ValueId rows) {
  if (!is_named(function)) refuse(call);
  require(call.shape(rows).rank() >= 2, ErrorCode::kUnsupported, "a map over single numbers");
  return add_activation(call, function, rows);
}

std::vector<ValueId> map(LayerCall& call) {
  const Json* function = find_argument(call, 0, {"f"});
  if (function == nullptr || call.inputs().size() != 1) refuse(call);
  return {apply_to_rows(call, *function, call.input())};
}

std::vector<ValueId> vectorized_map(LayerCall& call) {
  if (call.inputs().size() != 1) refuse(call);
  return {apply_to_rows(call, call.config().json().value("function", Json()), call.input())};
}

/// The function of that number of an operand; the last one for what is no number of one.
std::vector<ValueId> choose(LayerCall& call) {
  const Json* branches = find_argument(call, 1, {"branches"});
  const ValueId index = as_value(call, operand_of(call, 0, {"index"}));
  const bool are_named = branches != nullptr && branches->is_array() && !branches->empty() &&
                         std::all_of(branches->begin(), branches->end(), is_named);
  if (!are_named || call.inputs().size() != 2) refuse(call);
  const ValueId x = call.inputs().back();
  ValueId result = add_activation(call, branches->back(), x);
  for (std::size_t i = 0; i + 1 < branches->size(); ++i) {
    const Operand number = Operand::number(static_cast<double>(i), /*is_integer=*/true);
    const ValueId is_chosen = add_comparison(call, kernels::ComparisonKind::kEqual, index, number);
    result = add_select(call, is_chosen, add_activation(call, (*branches)[i], x), result);
  }
  return {result};
}

}  // namespace

void register_operations_control(Registry& registry) {
  for (const char* name : {"Cond", "WhileLoop", "ForiLoop", "Scan", "AssociativeScan", "JVP"}) {
    registry.add_operation(name, refuse_function);
  }
  registry.add_operation("Map", map);
  registry.add_operation("VectorizedMap", vectorized_map);
  registry.add_operation("Switch", choose);
}

}  // namespace weir::layers
