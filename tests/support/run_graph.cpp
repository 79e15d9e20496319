#include "support/run_graph.h"

#include <cstring>
#include <memory>
#include <random>

#include "base/denormals.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "exec/executor.h"
#include "session/compile.h"

namespace weir::testing {

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0F, 1.0F);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(generator);
  return values;
}

graph::Constant make_constant(const std::string& id, const Shape& shape,
                              const std::vector<float>& values) {
  const auto owner = std::make_shared<const std::vector<float>>(values);
  return {id, DType::kFloat32, shape, {std::as_bytes(std::span(*owner)), owner}};
}

std::vector<std::vector<float>> run_graph(const graph::Graph& graph,
                                          const std::vector<std::vector<float>>& inputs,
                                          std::size_t threads) {
  graph::PackedWeights weights;
  const auto program = session::compile(graph, threads, weights);
  const AlignedBuffer arena(program->plan.arena_bytes);
  exec::Executor executor(program, ThreadPool(threads));
  executor.move_to(arena.data());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::memcpy(executor.input(i), inputs[i].data(), inputs[i].size() * sizeof(float));
  }
  const DenormalsGuard as_in_sessions(Denormals::kZeros);
  executor.run();
  std::vector<std::vector<float>> outputs;
  for (std::size_t i = 0; i < program->outputs.size(); ++i) {
    const auto* values = reinterpret_cast<const float*>(executor.output(i));
    outputs.emplace_back(values, values + program->outputs[i].shape.elements());
  }
  return outputs;
}

}  // namespace weir::testing
