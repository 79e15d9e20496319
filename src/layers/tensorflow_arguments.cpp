#include "layers/tensorflow_arguments.h"

#include <algorithm>
#include <set>

#include "layers/arguments.h"
#include "layers/known_value.h"

namespace weir::layers {
namespace {

bool are_sizes(std::string_view argument) {
  static const std::set<std::string_view> names{"axis",
                                                "batch_shape",
                                                "begin",
                                                "delta",
                                                "depth",
                                                "dims",
                                                "end",
                                                "k",
                                                "limit",
                                                "maxlen",
                                                "multiples",
                                                "num",
                                                "num_rows",
                                                "num_columns",
                                                "paddings",
                                                "perm",
                                                "num_or_size_splits",
                                                "num_segments",
                                                "repeats",
                                                "shape",
                                                "shift",
                                                "size",
                                                "slice_spec",
                                                "start",
                                                "stop",
                                                "strides",
                                                "offset_height",
                                                "offset_width",
                                                "target_height",
                                                "target_width"};
  return names.contains(argument);
}

bool begins_with_sizes(std::string_view function) {
  static const std::set<std::string_view> names{"eye", "fill", "ones", "range", "zeros"};
  return names.contains(function);
}

/// Whether the first number of these sizes says how many rows the result has.
bool begin_with_rows(std::string_view argument) {
  return argument == "shape" || argument == "dims" || argument == "multiples";
}

bool joins_tensors(std::string_view function) {
  return function == "stack" || function == "concat";
}

/// Makes values of the numbers in a list of tensors, in place.
void add_constants(LayerCall& call, Json& list, std::vector<ValueId>& inputs) {
  if (!list.is_array()) return;
  for (Json& item : list) {
    if (tensor_index(item, inputs.size())) continue;
    inputs.push_back(as_value(call, to_operand(call, item)));
    item = {{"tensor", inputs.size() - 1}};
  }
}

/// Where all tensors that a function is given were sizes, it is of a constant: a value, in place.
void add_subject(LayerCall& call, SettledCall& settled) {
  if (settled.arguments.args.empty()) return;
  Json& subject = settled.arguments.args.front();
  settled.inputs.push_back(as_value(call, to_operand(call, subject)));
  subject = {{"tensor", std::size_t{0}}};
}

class Settling {
 public:
  Settling(const LayerCall& call, std::vector<ValueId> inputs)
      : call_(call), inputs_(std::move(inputs)) {}

  /// Numbers for the tensors that are known, in place. `begins_with_rows`: see above.
  void settle(Json& argument, bool begins_with_rows) {
    if (const auto tensor = tensor_of(argument)) {
      settle_tensor(argument, *tensor, begins_with_rows);
    } else if (argument.is_structured()) {
      for (auto item = argument.begin(); item != argument.end(); ++item) {
        settle(*item, begins_with_rows && argument.is_array() && item == argument.begin());
      }
    }
  }

  /// Counts the tensors that are left from 0, in place.
  void renumber(Json& argument) {
    if (const auto tensor = tensor_of(argument)) {
      argument["tensor"] = result_.inputs.size();
      result_.inputs.push_back(inputs_[*tensor]);
    } else if (argument.is_structured()) {
      for (Json& item : argument) renumber(item);
    }
  }

  SettledCall finish(keras::CallRecord arguments) {
    result_.arguments = std::move(arguments);
    return std::move(result_);
  }

 private:
  void settle_tensor(Json& argument, std::size_t tensor, bool begins_with_rows) {
    const std::optional<KnownValue> known = find_known(call_, inputs_[tensor]);
    if (!known) return;
    const auto& counts = known->counts_samples;
    const auto others = counts.begin() + (begins_with_rows && !counts.empty() ? 1 : 0);
    if (std::find(others, counts.end(), true) != counts.end()) result_.is_bound_to_batch = true;
    argument = to_json(known->numbers);
  }

  std::optional<std::size_t> tensor_of(const Json& argument) const {
    return tensor_index(argument, inputs_.size());
  }

  const LayerCall& call_;
  std::vector<ValueId> inputs_;
  SettledCall result_;
};

}  // namespace

SettledCall settle(LayerCall& call, std::string_view function) {
  keras::CallRecord arguments = *call.call();
  std::vector<ValueId> inputs(call.inputs().begin(), call.inputs().end());
  if (joins_tensors(function) && !arguments.args.empty()) {
    add_constants(call, arguments.args.front(), inputs);
  }
  Settling settling(call, std::move(inputs));
  for (auto& [name, argument] : arguments.kwargs.items()) {
    if (are_sizes(name)) settling.settle(argument, begin_with_rows(name));
  }
  if (begins_with_sizes(function) && !arguments.args.empty()) {
    settling.settle(arguments.args.front(), function != "range");
  }
  settling.renumber(arguments.args);
  settling.renumber(arguments.kwargs);
  SettledCall settled = settling.finish(std::move(arguments));
  if (settled.inputs.empty() && !begins_with_sizes(function)) add_subject(call, settled);
  return settled;
}

}  // namespace weir::layers
