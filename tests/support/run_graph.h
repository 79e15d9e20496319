#pragma once

#include <vector>

#include "graph/graph.h"

namespace weir::testing {

/// Random floats from -1 to 1; the same ones for the same seed.
std::vector<float> random_floats(std::size_t count, unsigned seed);

/// A weight as a file would give it.
graph::Constant make_constant(const std::string& id, const Shape& shape,
                              const std::vector<float>& values);

/// Compiles the graph as it stands, runs it on float32 inputs, and returns its float32 outputs.
std::vector<std::vector<float>> run_graph(const graph::Graph& graph,
                                          const std::vector<std::vector<float>>& inputs,
                                          std::size_t threads = 2);

}  // namespace weir::testing
