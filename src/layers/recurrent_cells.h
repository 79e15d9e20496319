#pragma once

#include "layers/layer.h"

/// One time step of recurrent layers, made of plain operations: called on an input and the states
/// before it, a cell gives its output and the states after it.
namespace weir::layers {

std::vector<ValueId> simple_cell(LayerCall& call);
std::vector<ValueId> lstm_cell(LayerCall& call);
std::vector<ValueId> gru_cell(LayerCall& call);

/// The gates of an LSTM: `sums` has four along its last axis. Gives the hidden state and the carry.
struct LstmStates {
  ValueId hidden;
  ValueId carry;
};
LstmStates add_lstm_gates(LayerCall& call, ValueId sums, ValueId carry);

/// Whether a GRU resets after the recurrent product, as this file means it.
bool resets_after(const LayerCall& call);
/// The number of units of a recurrent layer or its cell.
std::int64_t units_of(const LayerCall& call);

}  // namespace weir::layers
