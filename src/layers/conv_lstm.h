#pragma once

#include "layers/recurrent.h"

namespace weir::layers {

/// One time step: called on an input, the hidden state and the carry.
std::vector<ValueId> conv_lstm_cell(LayerCall& call);

/// ConvLSTM1D, ConvLSTM2D or ConvLSTM3D.
RecurrentOutputs add_conv_lstm(LayerCall& call, const RecurrentInputs& inputs,
                               const ops::RecurrentRun& run);
/// The type of both its states.
graph::ValueType conv_lstm_state(const LayerCall& call, const Shape& sequence);

}  // namespace weir::layers
