#pragma once

#include "layers/recurrent.h"

namespace weir::layers {

/// ConvLSTM1D, ConvLSTM2D or ConvLSTM3D.
RecurrentOutputs add_conv_lstm(LayerCall& call, const RecurrentInputs& inputs,
                               const ops::RecurrentRun& run);

}  // namespace weir::layers
