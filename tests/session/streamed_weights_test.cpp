#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/memory.h"
#include "base/process_memory.h"
#include "exec/executor.h"
#include "ops/matmul.h"
#include "session/compile.h"
#include "support/child_process.h"
#include "support/prediction.h"
#include "support/run_graph.h"

namespace weir::testing {
namespace {

constexpr std::int64_t kWidth = 2048;
constexpr std::size_t kLayers = 6;
constexpr std::uint64_t kWeightBytes = kLayers * kWidth * kWidth * sizeof(float);

/// Products one after the other, each with weights of 16 MiB; all have the same values.
graph::Graph deep_graph() {
  graph::GraphBuilder builder;
  graph::ValueId value = builder.add_input({DType::kFloat32, {1, kWidth}});
  const graph::Constant kernel =
      make_constant("", {kWidth, kWidth}, random_floats(kWidth * kWidth, 1));
  for (std::size_t i = 0; i < kLayers; ++i) {
    ops::ProductTerms terms;
    terms.kernel = kernel;
    terms.kernel.id = std::to_string(i);
    terms.activation = {kernels::UnaryKind::kTanh};
    value = builder.add(terms.kernel.id, ops::make_matmul(kWidth, kWidth, terms), {value});
  }
  return builder.finish({value});
}

/// Compiles with weights of a store, runs a few times, and returns the last output.
std::vector<float> run(const graph::Graph& graph, graph::PackedWeights& weights) {
  const auto program = session::compile(graph, 2, weights);
  const AlignedBuffer arena(program->plan.arena_bytes);
  exec::Executor executor(program, ThreadPool(2));
  executor.move_to(arena.data());
  const std::vector<float> input = random_floats(kWidth, 2);
  for (int i = 0; i < 3; ++i) {
    std::memcpy(executor.input(0), input.data(), input.size() * sizeof(float));
    executor.run();
  }
  const auto* output = reinterpret_cast<const float*>(executor.output(0));
  return {output, output + kWidth};
}

TEST(StreamedWeights, GiveTheSameBits) {
  const graph::Graph graph = deep_graph();
  graph::PackedWeights resident;
  graph::PackedWeights streamed(graph::make_file_store(), graph::Residence::kStreamed);
  EXPECT_EQ(run(graph, resident), run(graph, streamed));
}

TEST(StreamedWeights, AreResidentOnePartAtATime) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory is not in the plan";
  const graph::Graph graph = deep_graph();
  const auto outcome = run_in_child([&] {
    const std::uint64_t before = peak_resident_bytes();
    graph::PackedWeights streamed(graph::make_file_store(), graph::Residence::kStreamed);
    run(graph, streamed);
    return std::to_string(peak_resident_bytes() - before);
  });
  // A slice while packing, or a part while running; neither all weights nor a whole one.
  EXPECT_LT(std::stoull(outcome.text), kWeightBytes / 6);
}

TEST(StreamedWeights, OfACompiledFileThatLiesInOthersMemoryAreLeftAlone) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  std::string name = std::filesystem::temp_directory_path() / "weir-streamed-XXXXXX";
  const std::filesystem::path folder = mkdtemp(name.data());
  Model::load(golden.model.bytes, golden.name).save_compiled(folder / "m.weir");
  const SharedBytes file = map_file(folder / "m.weir");
  // Dropping pages of a buffer would make them zero.
  AlignedBuffer buffer(file.bytes.size());
  std::ranges::copy(file.bytes, buffer.data());
  const Model model = Model::load(std::span(buffer.data(), buffer.size()), "m.weir");
  Session session(model, {.threads = 1, .weights = WeightsMode::kStream});
  const Outputs first = predict(session, views(golden.inputs));
  EXPECT_EQ(predict(session, views(golden.inputs)), first);
  EXPECT_TRUE(std::ranges::equal(file.bytes, std::span(buffer.data(), buffer.size())));
  std::filesystem::remove_all(folder);
}

TEST(StreamedWeights, ArePlannedByTheirLargestPart) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  const MemoryPlan resident = model.plan();
  const MemoryPlan streamed = model.plan({.weights = WeightsMode::kStream});
  EXPECT_EQ(resident.weights_resident_bytes, resident.weights_bytes);
  EXPECT_EQ(streamed.weights_bytes, resident.weights_bytes);
  // Layers in bands, of which a small cache asks for more, are one part.
  EXPECT_LT(streamed.weights_resident_bytes, resident.weights_bytes * 3 / 4);
  Session session(model, {.weights = WeightsMode::kStream});
  EXPECT_EQ(session.plan().weights_resident_bytes, streamed.weights_resident_bytes);
}

}  // namespace
}  // namespace weir::testing
