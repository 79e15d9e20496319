#include "layers/recurrent_cells.h"

#include <array>

#include "base/checked.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "ops/gather.h"
#include "ops/matmul.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;

ValueId add(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kAdd, a, b);
}

ValueId multiply(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

/// Part `number` of equal parts of `size` along the last axis.
ValueId gate(LayerCall& call, ValueId sums, std::int64_t number, std::int64_t size) {
  const ops::AxisSlice slice{call.shape(sums).rank() - 1, number * size, 1, size};
  return call.add(ops::make_slice({&slice, 1}), {sums});
}

ValueId activate(LayerCall& call, ValueId value) {
  return add_activation(call, call.config().json().value("activation", Json("tanh")), value);
}

ValueId activate_gate(LayerCall& call, ValueId value) {
  return add_activation(call, call.config().json().value("recurrent_activation", Json("sigmoid")),
                        value);
}

ValueId product(LayerCall& call, ValueId input, graph::Constant kernel,
                std::optional<graph::Constant> bias) {
  const auto inner = static_cast<std::size_t>(kernel.shape[0]);
  const auto columns = static_cast<std::size_t>(kernel.shape[1]);
  ops::ProductTerms terms;
  terms.kernel = std::move(kernel);
  terms.bias = std::move(bias);
  return call.add(ops::make_matmul(inner, columns, std::move(terms)), {input});
}

/// What a cell is called on. Throws kInvalidArgument when its states are not `states`.
struct CellInputs {
  ValueId input;
  std::vector<ValueId> states;
};

CellInputs cell_inputs(LayerCall& call, std::size_t states) {
  require(call.inputs().size() == 1 + states, ErrorCode::kInvalidArgument,
          "the cell is called on {} tensors, expected an input and {} states", call.inputs().size(),
          states);
  const auto rest = call.inputs().subspan(1);
  return {as_float(call, call.inputs().front()), {rest.begin(), rest.end()}};
}

/// input * kernel + bias, and hidden * recurrent kernel, of all gates.
struct CellProducts {
  ValueId input;
  ValueId recurrent;
};

CellProducts cell_products(LayerCall& call, std::int64_t gates, ValueId input, ValueId hidden) {
  const bool has_bias = call.config().boolean("use_bias", true);
  require_plain_weights(call, has_bias ? 3 : 2);
  const std::int64_t units = units_of(call);
  const std::int64_t columns = checked_mul(gates, units);
  std::optional<graph::Constant> bias;
  if (has_bias) bias = call.weight(2, {columns});
  return {product(call, input, call.weight(0, {call.shape(input).back(), columns}), bias),
          product(call, hidden, call.weight(1, {units, columns}), std::nullopt)};
}

/// A row of a weight of two rows.
graph::Constant row_of(const graph::Constant& weight, std::size_t row) {
  graph::Constant part{fmt::format("{}[{}]", weight.id, row), weight.dtype, {weight.shape[1]}, {}};
  if (weight.data.bytes.empty()) return part;
  const std::size_t bytes = weight.data.bytes.size() / 2;
  part.data = weight.data.subspan(row * bytes, bytes);
  return part;
}

CellProducts gru_products_after(LayerCall& call, ValueId input, ValueId hidden) {
  if (!call.config().boolean("use_bias", true)) return cell_products(call, 3, input, hidden);
  require_plain_weights(call, 3);
  const std::int64_t units = units_of(call);
  const graph::Constant bias = call.weight(2, {2, 3 * units});
  return {
      product(call, input, call.weight(0, {call.shape(input).back(), 3 * units}), row_of(bias, 0)),
      product(call, hidden, call.weight(1, {units, 3 * units}), row_of(bias, 1))};
}

}  // namespace

std::int64_t units_of(const LayerCall& call) { return call.config().sizes("units", 1, 0).front(); }

bool resets_after(const LayerCall& call) {
  return call.config().boolean("reset_after", !call.keras2());
}

std::vector<ValueId> simple_cell(LayerCall& call) {
  const auto [input, states] = cell_inputs(call, 1);
  const CellProducts products = cell_products(call, 1, input, states[0]);
  const ValueId output = activate(call, add(call, products.recurrent, products.input));
  return {output, output};
}

LstmStates add_lstm_gates(LayerCall& call, ValueId sums, ValueId carry) {
  const std::int64_t units = call.shape(sums).back() / 4;
  const ValueId input = activate_gate(call, gate(call, sums, 0, units));
  const ValueId forget = activate_gate(call, gate(call, sums, 1, units));
  const ValueId candidate = activate(call, gate(call, sums, 2, units));
  const ValueId output = activate_gate(call, gate(call, sums, 3, units));
  const ValueId next = add(call, multiply(call, forget, carry), multiply(call, input, candidate));
  return {multiply(call, output, activate(call, next)), next};
}

std::vector<ValueId> lstm_cell(LayerCall& call) {
  const auto [input, states] = cell_inputs(call, 2);
  const CellProducts products = cell_products(call, 4, input, states[0]);
  const ValueId sums = add(call, products.recurrent, products.input);
  const auto [hidden, carry] = add_lstm_gates(call, sums, states[1]);
  return {hidden, hidden, carry};
}

std::vector<ValueId> gru_cell(LayerCall& call) {
  const auto [input, states] = cell_inputs(call, 1);
  const ValueId hidden = states[0];
  const bool after = resets_after(call);
  const CellProducts products =
      after ? gru_products_after(call, input, hidden) : cell_products(call, 3, input, hidden);
  const std::int64_t units = units_of(call);
  const auto sum = [&](std::int64_t number) {
    return add(call, gate(call, products.input, number, units),
               gate(call, products.recurrent, number, units));
  };
  const ValueId update = activate_gate(call, sum(0));
  const ValueId reset = activate_gate(call, sum(1));
  ValueId inner = 0;
  if (after) {
    inner = multiply(call, reset, gate(call, products.recurrent, 2, units));
  } else {
    const ValueId again = product(call, multiply(call, reset, hidden),
                                  call.weight(1, {units, 3 * units}), std::nullopt);
    inner = gate(call, again, 2, units);
  }
  const ValueId candidate = activate(call, add(call, gate(call, products.input, 2, units), inner));
  const ValueId kept = multiply(call, update, hidden);
  const ValueId fresh = multiply(call, add_affine(call, -1.0, 1.0, update), candidate);
  const ValueId next = add(call, kept, fresh);
  return {next, next};
}

}  // namespace weir::layers
