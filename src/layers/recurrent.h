#pragma once

#include <vector>

#include "layers/layer.h"
#include "ops/recurrent.h"

namespace weir::layers {

/// What a recurrent layer runs over.
struct RecurrentInputs {
  ValueId sequence = 0;         ///< (batch, time, …)
  Mask mask;                    ///< (batch, time)
  std::vector<ValueId> states;  ///< At first; zeros where there are none.
};

struct RecurrentOutputs {
  ValueId output = 0;
  std::vector<ValueId> states;  ///< At last.
};

/// The tensors that a recurrent layer is called on: a sequence, and initial states behind it.
RecurrentInputs recurrent_inputs(LayerCall& call);

/// What the config of a recurrent layer says of how it runs.
ops::RecurrentRun recurrent_run(const Config& config);

/// Adds an operation whose inputs are sequence, mask and states, and whose outputs are the output
/// and the states.
RecurrentOutputs add_over_sequence(LayerCall& call, graph::OperationPtr operation,
                                   const RecurrentInputs& inputs);

/// Adds a recurrent layer of any class to the graph. `run` says how; what it says of masks and
/// states follows from the inputs.
RecurrentOutputs add_recurrent(LayerCall& call, RecurrentInputs inputs, ops::RecurrentRun run);

}  // namespace weir::layers
