// The demo: what Weir is for, on real input. Part (a) classifies 1,797 handwritten digits with a
// CNN that Keras trained; part (b) runs the loop that grows in TensorFlow. Only the public API is
// used.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "weir/weir.h"

namespace {

double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::uint64_t resident_bytes() {
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Compares each row's most likely class with its label, while the predictions stream by.
class Accuracy final : public weir::Sink {
 public:
  explicit Accuracy(weir::Source& labels) : labels_(labels) {}

  void open(std::span<const weir::TensorSpec> /*tensors*/) override {}

  void write(std::span<const weir::TensorView> batch) override {
    const weir::TensorView& scores = batch.front();
    const auto rows = static_cast<std::size_t>(scores.shape[0]);
    const auto classes = static_cast<std::size_t>(scores.shape[1]);
    const auto* labels = static_cast<const std::uint8_t*>(labels_.next(rows).front().data);
    const auto* row = static_cast<const float*>(scores.data);
    for (std::size_t i = 0; i < rows; ++i, row += classes) {
      right_ += std::max_element(row, row + classes) - row == labels[i] ? 1 : 0;
    }
  }

  void finish() override {}

  std::uint64_t right() const { return right_; }

 private:
  weir::Source& labels_;
  std::uint64_t right_ = 0;
};

void classify_digits(const std::string& folder) {
  const weir::Model model = weir::Model::load(folder + "/digits.keras");
  weir::Session session(model, {.batch_size = 32});
  const auto images = weir::open_source(folder + "/images.npy", model.inputs());
  const auto labels = weir::open_source(folder + "/labels.npy");
  Accuracy accuracy(*labels);
  const std::uint64_t rows = weir::predict_stream(session, *images, accuracy);

  const weir::MemoryPlan& plan = session.plan();
  std::printf("(a) 1,797 handwritten digits, a CNN trained by Keras\n");
  std::printf("    accuracy      %.2f %% (%llu of %llu)\n",
              100.0 * static_cast<double>(accuracy.right()) / static_cast<double>(rows),
              static_cast<unsigned long long>(accuracy.right()),
              static_cast<unsigned long long>(rows));
  std::printf("    planned peak  %.2f MiB\n", mib(plan.peak_bytes));
  std::printf("    measured      %.2f MiB resident now\n", mib(resident_bytes()));
  std::printf(
      "    arena         %.1f KiB for %zu rows at a time (lower bound %.1f KiB, ratio %.3f)\n",
      1024 * mib(plan.arena_bytes), plan.micro_batch, 1024 * mib(plan.lower_bound_bytes),
      plan.ratio());
  std::printf("    weights       %.1f KiB\n\n", 1024 * mib(plan.weights_bytes));
}

void run_the_loop(const std::string& folder) {
  constexpr int kCalls = 10'000;
  const weir::Model model = weir::Model::load(folder + "/dense.keras");
  weir::Session session(model, {.batch_size = 1});
  std::array<float, 10> row{};
  float prediction = 0;
  const std::array inputs{weir::TensorView{row.data(), weir::DType::kFloat32, {1, 10}}};
  const std::array outputs{weir::MutableTensorView{&prediction, weir::DType::kFloat32, {1, 1}}};
  session.run(inputs, outputs);

  const std::uint64_t before = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) {
    row.fill(static_cast<float>(i) / kCalls);
    session.run(inputs, outputs);
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const std::uint64_t after = resident_bytes();

  std::printf("(b) the loop that grows in TensorFlow: Dense(10 -> 128 -> 1), one row a call\n");
  std::printf("    calls         %d in %.1f ms: %.0f a second\n", kCalls, 1e3 * time.count(),
              kCalls / time.count());
  std::printf("    resident      %.2f MiB at the start, %.2f MiB at the end\n", mib(before),
              mib(after));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: demo FOLDER_OF_DIGITS\n");
    return 2;
  }
  try {
    classify_digits(argv[1]);
    run_the_loop(argv[1]);
  } catch (const weir::Error& error) {
    std::fprintf(stderr, "demo: %s\n", error.what());
    return 1;
  }
  return 0;
}
