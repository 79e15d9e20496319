#pragma once

#include "graph/graph.h"
#include "ops/recurrent.h"

namespace weir::ops {

/// A graph that runs once for each time step of a (batch, time, …) sequence. Its inputs are a time
/// step, (batch, …), and any number of states; its outputs are the output of the step and the same
/// states after it. Inputs and outputs of the operation are those of `make_recurrent`. Only one
/// step's values are in memory at a time.
graph::OperationPtr make_loop(graph::Graph body, const RecurrentRun& run);

}  // namespace weir::ops
