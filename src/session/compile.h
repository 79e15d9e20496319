#pragma once

#include <memory>

#include "exec/program.h"
#include "graph/graph.h"

namespace weir::session {

/// Prepares every kernel of an optimised graph for a pool of `threads`, packs into `weights` what
/// is not packed yet, and plans the memory. Values that need no step of their own are views in the
/// plan: reshapes, and concatenations whose operands can be written where they belong. The graph
/// may be dropped afterwards.
std::shared_ptr<const exec::Program> compile(const graph::Graph& graph, std::size_t threads,
                                             graph::PackedWeights& weights);

}  // namespace weir::session
