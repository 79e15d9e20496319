#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Makes an LSTM or a GRU of Keras 2's CuDNNLSTM or CuDNNGRU, which compute the same from
/// weights in another form: kernels are turned, each gate by itself, and there are two biases.
/// Weights of that form may be an LSTM's or a GRU's as well. Throws kMalformed for kernels of other
/// shapes. The new weights take memory of their own.
void restore_cudnn(keras::LayerRecord& layer);

}  // namespace weir::layers
