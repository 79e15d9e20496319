#include "layers/conv_lstm.h"

#include <array>

#include "base/checked.h"
#include "layers/channels_first.h"
#include "layers/convolution.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/recurrent_cells.h"
#include "ops/convolution.h"
#include "ops/loop.h"

namespace weir::layers {
namespace {

ValueId channels_last(LayerCall& call, ValueId value) {
  return call.config().channels_first() ? to_channels_last(call, value) : value;
}

ValueId as_in_file(LayerCall& call, ValueId value) {
  return call.config().channels_first() ? to_channels_first(call, value) : value;
}

std::int64_t filters_of(const LayerCall& call) {
  return call.config().sizes("filters", 1, 0).front();
}

/// A convolution to the sums of four gates. Weight `index` is its kernel.
ValueId gate_convolution(LayerCall& call, ValueId images, std::size_t index,
                         const ops::SlidingWindow& window, std::optional<graph::Constant> bias) {
  const std::int64_t channels = call.shape(images).back();
  const std::int64_t sums = checked_mul<std::int64_t>(4, filters_of(call));
  ops::ProductTerms terms;
  terms.kernel = call.weight(index, kernel_shape(call.config(), window.rank, channels, sums));
  terms.bias = std::move(bias);
  const ops::ConvolutionAttributes attributes{window, static_cast<std::size_t>(channels),
                                              static_cast<std::size_t>(sums), 1};
  return call.add(ops::make_convolution(attributes, std::move(terms)), {images});
}

std::size_t image_rank(const LayerCall& call) {
  return call.shape(call.inputs().front()).rank() - 2;
}

/// The sums of the gates, channels last, from the input alone.
std::vector<ValueId> input_sums(LayerCall& call) {
  const Config config = call.config();
  const bool has_bias = config.boolean("use_bias", true);
  require_plain_weights(call, has_bias ? 3 : 2);
  const ops::SlidingWindow window = read_window(config, image_rank(call));
  require(window.padding != ops::PaddingMode::kCausal, ErrorCode::kMalformed,
          "padding is 'causal'");
  std::optional<graph::Constant> bias;
  if (has_bias) bias = call.weight(2, {checked_mul<std::int64_t>(4, filters_of(call))});
  const ValueId images = channels_last(call, call.inputs().front());
  return {gate_convolution(call, images, 0, window, std::move(bias))};
}

/// The type of one time step of a sequence.
graph::ValueType step_type(const Shape& sequence) {
  graph::ValueType step{DType::kFloat32, {sequence[0]}};
  for (const std::int64_t size : sequence.dims().subspan(2)) step.shape.push_back(size);
  return step;
}

}  // namespace

std::vector<ValueId> conv_lstm_cell(LayerCall& call) {
  require(call.inputs().size() == 3, ErrorCode::kInvalidArgument,
          "the cell is called on {} tensors, expected an input and 2 states", call.inputs().size());
  ops::SlidingWindow window = read_window(call.config(), image_rank(call));
  window.stride = window.dilation = kernels::kOnes;
  window.padding = ops::PaddingMode::kSame;
  const ValueId hidden = channels_last(call, call.inputs()[1]);
  const ValueId sums =
      add_binary(call, kernels::BinaryKind::kAdd,
                 gate_convolution(call, hidden, 1, window, std::nullopt), input_sums(call).front());
  const LstmStates next = add_lstm_gates(call, sums, channels_last(call, call.inputs()[2]));
  const ValueId output = as_in_file(call, next.hidden);
  return {output, output, as_in_file(call, next.carry)};
}

graph::ValueType conv_lstm_state(const LayerCall& call, const Shape& sequence) {
  const auto rank = static_cast<std::size_t>(call.record().class_name.at(8) - '0');
  require(sequence.rank() == rank + 3, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected {} axes", to_string(sequence), rank + 3);
  const graph::ValueType step = step_type(sequence);
  const graph::Graph sums = call.graph_by(input_sums, {&step, 1});
  const Shape& shape = sums.values[sums.outputs.front()].shape;
  const std::int64_t filters = filters_of(call);
  graph::ValueType type{DType::kFloat32, {shape[0]}};
  if (call.config().channels_first()) type.shape.push_back(filters);
  for (const std::int64_t size : shape.dims().subspan(1, rank)) type.shape.push_back(size);
  if (!call.config().channels_first()) type.shape.push_back(filters);
  return type;
}

RecurrentOutputs add_conv_lstm(LayerCall& call, const RecurrentInputs& inputs,
                               const ops::RecurrentRun& run) {
  const Shape& shape = call.shape(inputs.sequence);
  const graph::ValueType state = conv_lstm_state(call, shape);
  const std::array types{step_type(shape), state, state};
  return add_over_sequence(call, ops::make_loop(call.graph_by(conv_lstm_cell, types), run), inputs);
}

}  // namespace weir::layers
