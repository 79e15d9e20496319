// Kernels against the roof of the machine, by Google Benchmark: the layers of networks at batch 1,
// the products of dense layers and attention.
//
//   kernel_bench [THREADS] [--benchmark_filter=REGEX ...]        WEIR_ISA chooses the instruction
//   set.
//
// "of peak" compares with the register-only peak alone; "of roof" also counts what has to come from
// memory at least once, and is above 100 % where operands are in a cache or where an algorithm
// (Winograd's) does with fewer operations.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "base/isa.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "kernels/attention.h"
#include "kernels/convolution.h"
#include "kernels/convolution_transpose.h"
#include "kernels/depthwise.h"
#include "kernels/matmul.h"
#include "networks.h"
#include "roof.h"

namespace weir::bench {
namespace {

AlignedBuffer numbers(std::size_t count) {
  AlignedBuffer buffer(count * sizeof(float));
  float value = 0.3F;
  for (float& x : buffer.as<float>()) {
    x = value;
    value = value > 0.9F ? -0.9F : value + 0.07F;
  }
  return buffer;
}

/// The threads and the roof that all benchmarks of a run have in common.
struct Machine {
  ThreadPool pool;
  Roof roof;
};

/// What a call has to do at least.
struct Work {
  double operations = 0;
  double bytes = 0;
};

/// Times `call`, and says how far it is from the roof.
template <typename Call>
void measure(benchmark::State& state, const Machine& machine, const Work& work, const Call& call) {
  using Clock = std::chrono::steady_clock;
  call();
  const auto begin = Clock::now();
  for (auto _ : state) call();
  const std::chrono::duration<double> taken = Clock::now() - begin;
  const double seconds = taken.count() / static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = 1e-9 * work.operations / seconds;
  state.counters["% of peak"] = 100 * work.operations / machine.roof.operations / seconds;
  state.counters["% of roof"] = 100 * machine.roof.seconds(work.operations, work.bytes) / seconds;
}

/// Both images of a layer and its operands, big enough for any kind.
struct Operands {
  explicit Operands(const Layer& l)
      : in(numbers(l.size * l.stride * l.size * l.stride * l.in)),
        out(l.size * l.size * l.out * sizeof(float)),
        weights(numbers(l.kernel * l.kernel * l.in * l.out)),
        bias(numbers(l.out)) {}

  kernels::Epilogue epilogue() const {
    return {.bias = bias.as<float>().data(), .activation = kernels::relu()};
  }

  AlignedBuffer in, out, weights, bias;
};

kernels::Window window_of(const Layer& l) {
  const std::size_t pad = l.stride == 1 ? l.kernel / 2 : (l.kernel - 1) / 2;
  return {.kernel = {1, l.kernel, l.kernel},
          .stride = {1, l.stride, l.stride},
          .pad_before = {0, pad, pad}};
}

Work work_of(const Layer& l) {
  const std::size_t in_size =
      l.kind == LayerKind::kTranspose ? l.size / l.stride : l.size * l.stride;
  const std::size_t inputs = l.kind == LayerKind::kDepthwise ? 1 : l.in;
  const std::size_t weights = l.kernel * l.kernel * inputs * l.out;
  const std::size_t multiplied = l.kind == LayerKind::kTranspose ? in_size : l.size;
  return {2.0 * static_cast<double>(weights * multiplied * multiplied),
          sizeof(float) *
              static_cast<double>(in_size * in_size * l.in + l.size * l.size * l.out + weights)};
}

void run_convolution(benchmark::State& state, const Machine& machine, const Layer& l) {
  const std::size_t in_size = l.size * l.stride;
  const kernels::ConvolutionShape shape{.in = {1, in_size, in_size},
                                        .out = {1, l.size, l.size},
                                        .in_channels = l.in,
                                        .out_channels = l.out,
                                        .window = window_of(l)};
  const Operands o(l);
  const AlignedBuffer packed(kernels::packed_convolution_bytes(shape));
  kernels::pack_convolution(shape, o.weights.as<float>().data(), nullptr,
                            packed.as<float>().data());
  const AlignedBuffer scratch(kernels::convolution_scratch_bytes(shape, machine.pool.size()));
  measure(state, machine, work_of(l), [&] {
    kernels::convolution(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                         o.out.as<float>().data(), l.out, o.epilogue(), scratch.data(),
                         machine.pool);
  });
}

void run_depthwise(benchmark::State& state, const Machine& machine, const Layer& l) {
  const std::size_t in_size = l.size * l.stride;
  const kernels::DepthwiseShape shape{.in = {1, in_size, in_size},
                                      .out = {1, l.size, l.size},
                                      .channels = l.in,
                                      .window = window_of(l)};
  const Operands o(l);
  const AlignedBuffer packed(kernels::packed_depthwise_bytes(shape));
  kernels::pack_depthwise(shape, o.weights.as<float>().data(), nullptr, packed.as<float>().data());
  measure(state, machine, work_of(l), [&] {
    kernels::depthwise(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                       o.out.as<float>().data(), l.out, o.epilogue(), machine.pool);
  });
}

void run_transpose(benchmark::State& state, const Machine& machine, const Layer& l) {
  const std::size_t in_size = l.size / l.stride;
  const kernels::ConvolutionTransposeShape shape{.in = {1, in_size, in_size},
                                                 .out = {1, l.size, l.size},
                                                 .in_channels = l.in,
                                                 .out_channels = l.out,
                                                 .window = window_of(l)};
  const Operands o(l);
  const AlignedBuffer packed(kernels::packed_convolution_transpose_bytes(shape));
  kernels::pack_convolution_transpose(shape, o.weights.as<float>().data(), nullptr,
                                      packed.as<float>().data());
  const AlignedBuffer scratch(
      kernels::convolution_transpose_scratch_bytes(shape, machine.pool.size()));
  measure(state, machine, work_of(l), [&] {
    kernels::convolution_transpose(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                                   o.out.as<float>().data(), l.out, o.epilogue(), scratch.data(),
                                   machine.pool);
  });
}

void run_layer(benchmark::State& state, const Machine& machine, const Layer& l) {
  switch (l.kind) {
    case LayerKind::kConvolution:
      return run_convolution(state, machine, l);
    case LayerKind::kDepthwise:
      return run_depthwise(state, machine, l);
    case LayerKind::kTranspose:
      return run_transpose(state, machine, l);
  }
}

void run_matmul(benchmark::State& state, const Machine& machine, const kernels::MatmulShape& s) {
  const AlignedBuffer a = numbers(s.rows * s.inner);
  const AlignedBuffer w = numbers(s.inner * s.columns);
  const AlignedBuffer bias = numbers(s.columns);
  const AlignedBuffer c(s.rows * s.columns * sizeof(float));
  const AlignedBuffer packed(kernels::packed_matmul_bytes(s.inner, s.columns));
  kernels::pack_matmul(w.as<float>().data(), nullptr, s.inner, s.columns,
                       packed.as<float>().data());
  const kernels::Epilogue epilogue{.bias = bias.as<float>().data(), .activation = kernels::relu()};
  const Work work{2.0 * static_cast<double>(s.rows * s.inner * s.columns),
                  static_cast<double>(a.size() + w.size() + c.size())};
  measure(state, machine, work, [&] {
    kernels::matmul(s, a.as<float>().data(), s.inner, packed.as<float>().data(),
                    c.as<float>().data(), s.columns, epilogue, machine.pool);
  });
}

void run_attention(benchmark::State& state, const Machine& machine, std::size_t length) {
  constexpr std::size_t kHeads = 4;
  constexpr std::size_t kSize = 64;
  const kernels::AttentionShape shape{.heads = kHeads,
                                      .key_heads = kHeads,
                                      .queries = length,
                                      .keys = length,
                                      .key_size = kSize,
                                      .value_size = kSize};
  const std::size_t count = length * kHeads * kSize;
  const AlignedBuffer queries = numbers(count);
  const AlignedBuffer keys = numbers(count);
  const AlignedBuffer values = numbers(count);
  const AlignedBuffer results(count * sizeof(float));
  const AlignedBuffer scratch(kernels::attention_scratch_bytes(shape, machine.pool.size()));
  const kernels::AttentionArrays arrays{.queries = queries.as<float>().data(),
                                        .keys = keys.as<float>().data(),
                                        .values = values.as<float>().data(),
                                        .terms = nullptr,
                                        .results = results.as<float>().data(),
                                        .scores = nullptr};
  const Work work{4.0 * static_cast<double>(length * count),
                  4.0 * static_cast<double>(results.size())};
  measure(state, machine, work, [&] {
    kernels::attention(shape, {.scale = 0.125F}, {}, arrays, scratch.data(), machine.pool);
  });
}

void add(const std::string& name, std::function<void(benchmark::State&)> run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

std::string name_of(const Layer& l) {
  static constexpr const char* kKinds[] = {"convolution", "depthwise", "transpose"};
  return fmt::format("{} {}->{} at {} {}x{}/{}", kKinds[static_cast<int>(l.kind)], l.in, l.out,
                     l.size, l.kernel, l.kernel, l.stride);
}

void add_all(const Machine& machine) {
  for (const Network& network : networks()) {
    for (const Layer& layer : network.layers)
      add(fmt::format("{}/{}", network.name, name_of(layer)),
          [&](benchmark::State& state) { run_layer(state, machine, layer); });
  }
  constexpr kernels::MatmulShape kProducts[] = {
      {1, 10, 128},     {1, 128, 1},      {1, 784, 512},   {8, 784, 512},
      {16, 784, 512},   {32, 784, 512},   {32, 256, 1024}, {1, 25088, 4096},
      {128, 256, 1024}, {128, 1024, 256}, {512, 512, 512},
  };
  for (const kernels::MatmulShape& shape : kProducts) {
    add(fmt::format("product/{}x{}x{}", shape.rows, shape.inner, shape.columns),
        [&machine, shape](benchmark::State& state) { run_matmul(state, machine, shape); });
  }
  for (const std::size_t length : {128, 512}) {
    add(fmt::format("attention/4 heads of 64, length {}", length),
        [&machine, length](benchmark::State& state) { run_attention(state, machine, length); });
  }
}

}  // namespace

void run(std::size_t threads) {
  const std::string isa = select_isa();
  const ThreadPool pool(threads);
  const Machine machine{pool, measure_roof(pool)};
  benchmark::AddCustomContext("instruction set", isa);
  benchmark::AddCustomContext("threads", std::to_string(pool.size()));
  benchmark::AddCustomContext("peak",
                              fmt::format("{:.1f} GFLOP/s", machine.roof.operations * 1e-9));
  benchmark::AddCustomContext("memory", fmt::format("{:.1f} GB/s", machine.roof.bytes * 1e-9));
  add_all(machine);
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace weir::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);  // Takes its own options away.
  weir::bench::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0);
  benchmark::Shutdown();
  return 0;
}
