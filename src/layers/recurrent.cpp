#include "layers/recurrent.h"

#include <map>
#include <numeric>
#include <utility>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/conv_lstm.h"
#include "layers/masking.h"
#include "layers/plain_weights.h"
#include "layers/recurrent_cells.h"
#include "layers/registry.h"
#include "ops/loop.h"
#include "ops/transpose.h"

namespace weir::layers {
namespace {

using ops::RecurrentKind;
using ops::RecurrentRun;

/// A kind of cell that Keras has, for the classes of layers and of cells alike.
struct CellClass {
  RecurrentKind kind;
  Lower step;  ///< One time step of it, of plain operations.
  std::size_t states;
};

const CellClass& cell_class(const LayerCall& call) {
  static const std::map<std::string, CellClass, std::less<>> classes{
      {"SimpleRNN", {RecurrentKind::kSimple, simple_cell, 1}},
      {"SimpleRNNCell", {RecurrentKind::kSimple, simple_cell, 1}},
      {"LSTM", {RecurrentKind::kLstm, lstm_cell, 2}},
      {"LSTMCell", {RecurrentKind::kLstm, lstm_cell, 2}},
      {"GRU", {RecurrentKind::kGruResetBefore, gru_cell, 1}},
      {"GRUCell", {RecurrentKind::kGruResetBefore, gru_cell, 1}},
  };
  const auto found = classes.find(call.record().class_name);
  require(found != classes.end(), ErrorCode::kUnsupported, "a cell of class {} is not supported",
          call.record().class_name);
  return found->second;
}

/// The cell for a sequence of `features`; nothing where its activations are not functions of single
/// elements.
std::optional<ops::RecurrentCell> read_cell(const LayerCall& call, std::int64_t features) {
  const Json& config = call.config().json();
  const auto activation = unary_activation(call, config.value("activation", Json("tanh")));
  const auto recurrent_activation =
      unary_activation(call, config.value("recurrent_activation", Json("sigmoid")));
  if (!activation || !recurrent_activation) return std::nullopt;
  ops::RecurrentCell cell;
  cell.kind = cell_class(call).kind;
  if (cell.kind == RecurrentKind::kGruResetBefore && resets_after(call)) {
    cell.kind = RecurrentKind::kGruResetAfter;
  }
  cell.activation = *activation;
  cell.recurrent_activation = *recurrent_activation;
  cell.features = static_cast<std::size_t>(features);
  const std::int64_t units = units_of(call);
  cell.units = static_cast<std::size_t>(units);
  const std::int64_t columns = static_cast<std::int64_t>(cell.gates()) * units;
  const bool has_bias = call.config().boolean("use_bias", true);
  require_plain_weights(call, has_bias ? 3 : 2);
  cell.kernel = call.weight(0, {features, columns});
  cell.recurrent_kernel = call.weight(1, {units, columns});
  const bool two_rows = cell.kind == RecurrentKind::kGruResetAfter;
  if (has_bias) cell.bias = call.weight(2, two_rows ? Shape{2, columns} : Shape{columns});
  return cell;
}

/// Built-in cells: as one operation where they can be, else step by step.
RecurrentOutputs add_cell(LayerCall& call, const RecurrentInputs& inputs, const RecurrentRun& run) {
  const CellClass& known = cell_class(call);
  const Shape& shape = call.shape(inputs.sequence);
  require(shape.rank() == 3, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected 3 axes", to_string(shape));
  if (auto cell = read_cell(call, shape[2])) {
    return add_over_sequence(call, ops::make_recurrent(std::move(*cell), run), inputs);
  }
  std::vector<graph::ValueType> types{{DType::kFloat32, {shape[0], shape[2]}}};
  types.resize(1 + known.states, {DType::kFloat32, {shape[0], units_of(call)}});
  return add_over_sequence(call, ops::make_loop(call.graph_by(known.step, types), run), inputs);
}

/// The number of units of each of a cell's states.
std::vector<std::int64_t> state_units(const LayerCall& cell) {
  if (cell.record().class_name != "StackedRNNCells") {
    return std::vector<std::int64_t>(cell_class(cell).states, units_of(cell));
  }
  std::vector<std::int64_t> units;
  for (const keras::InnerLayer& inner : cell.record().inner) {
    const std::vector<std::int64_t> more = state_units(cell.inside(*inner.layer, {}));
    units.insert(units.end(), more.begin(), more.end());
  }
  return units;
}

std::size_t states_of(const LayerCall& cell) { return state_units(cell).size(); }

RecurrentOutputs add_any_cell(LayerCall& call, const RecurrentInputs& inputs,
                              const RecurrentRun& run);

/// Cells on top of each other are layers one after the other: a cell at some time step needs
/// nothing but the one below at that step and itself one step before.
RecurrentOutputs add_stack(LayerCall& call, RecurrentInputs inputs, const RecurrentRun& run) {
  const std::vector<keras::InnerLayer>& cells = call.record().inner;
  require(!cells.empty(), ErrorCode::kMalformed, "there are no cells");
  const std::vector<ValueId> initial = std::exchange(inputs.states, {});
  RecurrentOutputs outputs;
  std::size_t next = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    LayerCall cell = call.inside(*cells[i].layer, {});
    const std::size_t states = states_of(cell);
    if (!initial.empty()) {
      require(next + states <= initial.size(), ErrorCode::kInvalidArgument,
              "{} initial states are too few", initial.size());
      inputs.states = {initial.begin() + static_cast<std::ptrdiff_t>(next),
                       initial.begin() + static_cast<std::ptrdiff_t>(next + states)};
      next += states;
    }
    RecurrentRun cell_run = run;
    if (i + 1 < cells.size()) {
      cell_run.all_outputs = true;
      cell_run.in_time_order = true;
    }
    const RecurrentOutputs made = add_any_cell(cell, inputs, cell_run);
    inputs.sequence = made.output;
    outputs.output = made.output;
    outputs.states.insert(outputs.states.end(), made.states.begin(), made.states.end());
  }
  return outputs;
}

RecurrentOutputs add_any_cell(LayerCall& call, const RecurrentInputs& inputs,
                              const RecurrentRun& run) {
  return call.record().class_name == "StackedRNNCells" ? add_stack(call, inputs, run)
                                                       : add_cell(call, inputs, run);
}

/// Stacked cells called as a layer: each on the output of the one below and its own states.
std::vector<ValueId> stacked_cells(LayerCall& call) {
  std::span<const ValueId> states = call.inputs().subspan(1);
  std::vector<ValueId> outputs{call.inputs().front()};
  for (const keras::InnerLayer& inner : call.record().inner) {
    LayerCall cell = call.inside(*inner.layer, {});
    const std::size_t count = states_of(cell);
    require(count <= states.size(), ErrorCode::kInvalidArgument, "there are too few states");
    std::vector<ValueId> inputs{outputs.front()};
    inputs.insert(inputs.end(), states.begin(),
                  states.begin() + static_cast<std::ptrdiff_t>(count));
    states = states.subspan(count);
    const std::vector<ValueId> made = call.add_inner(*inner.layer, inputs);
    outputs.front() = made.front();
    outputs.insert(outputs.end(), made.begin() + 1, made.end());
  }
  return outputs;
}

bool is_convolutional(const LayerCall& call) {
  return call.record().class_name.starts_with("ConvLSTM");
}

LayerCall cell_of(const LayerCall& call) {
  require(call.record().inner.size() == 1, ErrorCode::kMalformed, "there is no cell");
  return call.inside(*call.record().inner.front().layer, {});
}

RecurrentOutputs add_any_layer(LayerCall& call, const RecurrentInputs& inputs,
                               const RecurrentRun& run) {
  if (is_convolutional(call)) return add_conv_lstm(call, inputs, run);
  if (call.record().class_name != "RNN") return add_cell(call, inputs, run);
  LayerCall cell = cell_of(call);
  return add_any_cell(cell, inputs, run);
}

/// The states of a stateful layer, as the run before has left them.
std::vector<ValueId> kept_states(LayerCall& call, ValueId sequence) {
  const Shape& shape = call.shape(sequence);
  std::vector<graph::ValueType> types;
  if (is_convolutional(call)) {
    types.assign(2, conv_lstm_state(call, shape));
  } else {
    const bool has_cell = call.record().class_name == "RNN";
    for (const std::int64_t units : state_units(has_cell ? cell_of(call) : call)) {
      types.push_back({DType::kFloat32, {shape[0], units}});
    }
  }
  std::vector<ValueId> states;
  for (std::size_t i = 0; i < types.size(); ++i) states.push_back(call.state(i, types[i]));
  return states;
}

/// (time, batch, …) from (batch, time, …), and back.
ValueId with_first_axes_swapped(LayerCall& call, ValueId value) {
  std::vector<std::size_t> permutation(call.shape(value).rank());
  require(permutation.size() >= 2, ErrorCode::kInvalidArgument, "a sequence has no time axis");
  std::iota(permutation.begin(), permutation.end(), std::size_t{0});
  std::swap(permutation[0], permutation[1]);
  return call.add(ops::make_transpose(std::move(permutation)), {value});
}

std::vector<ValueId> recurrent(LayerCall& call) {
  const Config config = call.config();
  const RecurrentOutputs made = add_recurrent(call, recurrent_inputs(call), recurrent_run(config));
  std::vector<ValueId> outputs{made.output};
  if (config.boolean("return_state", false)) {
    outputs.insert(outputs.end(), made.states.begin(), made.states.end());
  }
  return outputs;
}

/// Only a sequence of outputs has the mask of the sequence of inputs.
std::vector<Mask> mask_of_sequence(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  if (!call.config().boolean("return_sequences", false)) return {};
  return {call.mask()};
}

}  // namespace

RecurrentInputs recurrent_inputs(LayerCall& call) {
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  require(call.call() == nullptr || !call.call()->kwargs.contains("constants") ||
              call.call()->kwargs.at("constants").is_null(),
          ErrorCode::kUnsupported, "constants for the cell are not supported");
  const auto states = call.inputs().subspan(1);
  return {call.inputs().front(), call.mask(), {states.begin(), states.end()}};
}

RecurrentRun recurrent_run(const Config& config) {
  return {.backwards = config.boolean("go_backwards", false),
          .all_outputs = config.boolean("return_sequences", false),
          .zero_when_masked = config.boolean("zero_output_for_mask", false)};
}

RecurrentOutputs add_over_sequence(LayerCall& call, graph::OperationPtr operation,
                                   const RecurrentInputs& inputs) {
  std::vector<ValueId> values{as_float(call, inputs.sequence)};
  if (inputs.mask) values.push_back(as_mask(call, *inputs.mask));
  for (const ValueId state : inputs.states) values.push_back(as_float(call, state));
  const std::vector<ValueId> made = call.add_many(std::move(operation), std::move(values));
  return {made.front(), {made.begin() + 1, made.end()}};
}

RecurrentOutputs add_recurrent(LayerCall& call, RecurrentInputs inputs, RecurrentRun run) {
  const bool is_time_major = call.config().boolean("time_major", false);
  if (is_time_major) {
    inputs.sequence = with_first_axes_swapped(call, inputs.sequence);
    if (inputs.mask) inputs.mask = with_first_axes_swapped(call, *inputs.mask);
  }
  const bool is_stateful = call.config().boolean("stateful", false) && inputs.states.empty();
  if (is_stateful) inputs.states = kept_states(call, inputs.sequence);
  run.masked = inputs.mask.has_value();
  run.initial_states = !inputs.states.empty();
  RecurrentOutputs outputs = add_any_layer(call, inputs, run);
  for (std::size_t i = 0; is_stateful && i < outputs.states.size(); ++i) {
    call.set_state(i, outputs.states[i]);
  }
  if (is_time_major && run.all_outputs) {
    outputs.output = with_first_axes_swapped(call, outputs.output);
  }
  return outputs;
}

void register_recurrent(Registry& registry) {
  for (const char* name :
       {"SimpleRNN", "LSTM", "GRU", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}) {
    registry.add_layer(name, recurrent, mask_of_sequence);
  }
  registry.add_layer("SimpleRNNCell", simple_cell);
  registry.add_layer("LSTMCell", lstm_cell);
  registry.add_layer("GRUCell", gru_cell);
  registry.add_layer("ConvLSTMCell", conv_lstm_cell);
  registry.add_layer("StackedRNNCells", stacked_cells);
}

}  // namespace weir::layers
