// Times the convolutions of ResNet50 and MobileNetV2 at batch 1, and tiny products, against the
// register-only peak of the same threads: kernel_bench [threads]. WEIR_ISA chooses the set.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/isa.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "kernels/convolution.h"
#include "kernels/convolution_transpose.h"
#include "kernels/depthwise.h"
#include "kernels/matmul.h"
#include "kernels/peak.h"

namespace weir::bench {
namespace {

using kernels::Extent;

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

/// The shortest of as many calls as fit in some milliseconds, in seconds.
template <typename Call>
double shortest(const Call& call, double budget = 0.06) {
  double best = 1e9;
  call();
  for (const double end = now() + budget; now() < end;) {
    const double begin = now();
    call();
    best = std::min(best, now() - begin);
  }
  return best;
}

AlignedBuffer numbers(std::size_t count) {
  AlignedBuffer buffer(count * sizeof(float));
  float value = 0.3F;
  for (float& x : buffer.as<float>()) {
    x = value;
    value = value > 0.9F ? -0.9F : value + 0.07F;
  }
  return buffer;
}

/// One shape of layer, and how often the network has it.
struct Layer {
  const char* kind;  ///< "conv", "depthwise" or "transpose".
  std::size_t in, size, kernel, stride, out, times;
};

constexpr Layer kResNet50[] = {
    {"conv", 3, 112, 7, 2, 64, 1},    {"conv", 64, 56, 1, 1, 64, 1},
    {"conv", 64, 56, 3, 1, 64, 3},    {"conv", 64, 56, 1, 1, 256, 4},
    {"conv", 256, 56, 1, 1, 64, 2},   {"conv", 256, 28, 1, 2, 128, 1},
    {"conv", 128, 28, 3, 1, 128, 4},  {"conv", 128, 28, 1, 1, 512, 4},
    {"conv", 256, 28, 1, 2, 512, 1},  {"conv", 512, 28, 1, 1, 128, 3},
    {"conv", 512, 14, 1, 2, 256, 1},  {"conv", 256, 14, 3, 1, 256, 6},
    {"conv", 256, 14, 1, 1, 1024, 6}, {"conv", 512, 14, 1, 2, 1024, 1},
    {"conv", 1024, 14, 1, 1, 256, 5}, {"conv", 1024, 7, 1, 2, 512, 1},
    {"conv", 512, 7, 3, 1, 512, 3},   {"conv", 512, 7, 1, 1, 2048, 3},
    {"conv", 1024, 7, 1, 2, 2048, 1}, {"conv", 2048, 7, 1, 1, 512, 2},
    {"conv", 2048, 1, 1, 1, 1000, 1},
};

constexpr Layer kMobileNetV2[] = {
    {"conv", 3, 112, 3, 2, 32, 1},        {"depthwise", 32, 112, 3, 1, 32, 1},
    {"conv", 32, 112, 1, 1, 16, 1},       {"conv", 16, 112, 1, 1, 96, 1},
    {"depthwise", 96, 56, 3, 2, 96, 1},   {"conv", 96, 56, 1, 1, 24, 1},
    {"conv", 24, 56, 1, 1, 144, 2},       {"depthwise", 144, 56, 3, 1, 144, 1},
    {"conv", 144, 56, 1, 1, 24, 1},       {"depthwise", 144, 28, 3, 2, 144, 1},
    {"conv", 144, 28, 1, 1, 32, 1},       {"conv", 32, 28, 1, 1, 192, 3},
    {"depthwise", 192, 28, 3, 1, 192, 2}, {"conv", 192, 28, 1, 1, 32, 2},
    {"depthwise", 192, 14, 3, 2, 192, 1}, {"conv", 192, 14, 1, 1, 64, 1},
    {"conv", 64, 14, 1, 1, 384, 4},       {"depthwise", 384, 14, 3, 1, 384, 4},
    {"conv", 384, 14, 1, 1, 64, 3},       {"conv", 384, 14, 1, 1, 96, 1},
    {"conv", 96, 14, 1, 1, 576, 3},       {"depthwise", 576, 14, 3, 1, 576, 2},
    {"conv", 576, 14, 1, 1, 96, 2},       {"depthwise", 576, 7, 3, 2, 576, 1},
    {"conv", 576, 7, 1, 1, 160, 1},       {"conv", 160, 7, 1, 1, 960, 3},
    {"depthwise", 960, 7, 3, 1, 960, 3},  {"conv", 960, 7, 1, 1, 160, 2},
    {"conv", 960, 7, 1, 1, 320, 1},       {"conv", 320, 7, 1, 1, 1280, 1},
    {"conv", 1280, 1, 1, 1, 1000, 1},
};

constexpr Layer kDecoder[] = {
    {"transpose", 128, 64, 3, 2, 64, 1},
    {"transpose", 64, 128, 4, 2, 32, 1},
};

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

double time_convolution(const Layer& l, const ThreadPool& pool) {
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
  const AlignedBuffer scratch(kernels::convolution_scratch_bytes(shape, pool.size()));
  return shortest([&] {
    kernels::convolution(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                         o.out.as<float>().data(), l.out, o.epilogue(), scratch.data(), pool);
  });
}

double time_depthwise(const Layer& l, const ThreadPool& pool) {
  const std::size_t in_size = l.size * l.stride;
  const kernels::DepthwiseShape shape{.in = {1, in_size, in_size},
                                      .out = {1, l.size, l.size},
                                      .channels = l.in,
                                      .window = window_of(l)};
  const Operands o(l);
  const AlignedBuffer packed(kernels::packed_depthwise_bytes(shape));
  kernels::pack_depthwise(shape, o.weights.as<float>().data(), nullptr, packed.as<float>().data());
  return shortest([&] {
    kernels::depthwise(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                       o.out.as<float>().data(), l.out, o.epilogue(), pool);
  });
}

double time_transpose(const Layer& l, const ThreadPool& pool) {
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
  const AlignedBuffer scratch(kernels::convolution_transpose_scratch_bytes(shape, pool.size()));
  return shortest([&] {
    kernels::convolution_transpose(shape, o.in.as<float>().data(), l.in, packed.as<float>().data(),
                                   o.out.as<float>().data(), l.out, o.epilogue(), scratch.data(),
                                   pool);
  });
}

double operations(const Layer& l) {
  const double window = static_cast<double>(l.kernel * l.kernel * l.size * l.size * l.out) * 2;
  if (l.kind[0] == 'd') return window;
  const double inputs = l.kind[0] == 't' ? static_cast<double>(l.stride * l.stride) : 1.0;
  return window * static_cast<double>(l.in) / inputs;
}

template <std::size_t kLayers>
void time_network(const char* name, const Layer (&layers)[kLayers], const ThreadPool& pool,
                  double peak) {
  std::printf("%s\n", name);
  double total = 0.0;
  double total_operations = 0.0;
  for (const Layer& l : layers) {
    const double seconds = l.kind[0] == 'c'   ? time_convolution(l, pool)
                           : l.kind[0] == 'd' ? time_depthwise(l, pool)
                                              : time_transpose(l, pool);
    const double rate = operations(l) / seconds;
    std::printf("  %-9s %4zu -> %4zu  at %3zu  %zux%zu/%zu  %8.1f us  %6.1f GFLOP/s  %5.1f %%\n",
                l.kind, l.in, l.out, l.size, l.kernel, l.kernel, l.stride, seconds * 1e6,
                rate * 1e-9, 100 * rate / peak);
    total += seconds * static_cast<double>(l.times);
    total_operations += operations(l) * static_cast<double>(l.times);
  }
  std::printf("  sum %.2f ms, %.1f %% of the peak\n", total * 1e3,
              100 * total_operations / total / peak);
}

void time_tiny(const ThreadPool& pool) {
  const kernels::MatmulShape first{1, 10, 128};
  const kernels::MatmulShape second{1, 128, 1};
  const AlignedBuffer x = numbers(10);
  const AlignedBuffer hidden(128 * sizeof(float));
  const AlignedBuffer y(sizeof(float));
  const AlignedBuffer packed1(kernels::packed_matmul_bytes(10, 128));
  const AlignedBuffer packed2(kernels::packed_matmul_bytes(128, 1));
  constexpr std::size_t kCalls = 1000;
  const double seconds = shortest([&] {
    for (std::size_t i = 0; i < kCalls; ++i) {
      kernels::matmul(first, x.as<float>().data(), 10, packed1.as<float>().data(),
                      hidden.as<float>().data(), 128, {.activation = kernels::relu()}, nullptr,
                      pool);
      kernels::matmul(second, hidden.as<float>().data(), 128, packed2.as<float>().data(),
                      y.as<float>().data(), 1, {}, nullptr, pool);
    }
  });
  std::printf("Dense 10 -> 128 -> 1, one row: %.0f ns\n", seconds / kCalls * 1e9);
}

}  // namespace

void run(std::size_t threads) {
  const std::string isa = select_isa();
  const ThreadPool pool(threads);
  const double peak = kernels::measure_peak(pool, 0.3);
  std::printf("%s, %zu threads, register-only peak %.1f GFLOP/s\n", isa.c_str(), pool.size(),
              peak * 1e-9);
  time_tiny(pool);
  time_network("ResNet50", kResNet50, pool, peak);
  time_network("MobileNetV2", kMobileNetV2, pool, peak);
  time_network("A decoder", kDecoder, pool, peak);
}

}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0);
  return 0;
}
