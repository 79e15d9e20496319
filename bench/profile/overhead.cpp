#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <vector>

#include "profile/record.h"
#include "weir/weir.h"

// What recording costs, in pairs of blocks of steps with and without it in one process, by
// processor time, which a shared machine moves less than the clock; and how much of the kernel's
// figure has a name, at the worst of all censuses. A row of docs/profiling.md's table for each
// model.
//   profile_bench MODEL... [--pairs N]
namespace weir {
namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Batch {
  explicit Batch(Session& session) {
    std::vector<Shape> shapes;
    for (const TensorSpec& spec : session.model().inputs()) {
      Shape shape = spec.shape;
      for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        if (shape[axis] == Shape::kFree) shape[axis] = 1;
      }
      shapes.push_back(shape);
      values.emplace_back(static_cast<std::size_t>(shape.elements()), 0.5F);
      inputs.push_back({values.back().data(), DType::kFloat32, shape});
    }
    for (const Shape& shape : session.output_shapes(shapes)) {
      values.emplace_back(static_cast<std::size_t>(shape.elements()));
      outputs.push_back({values.back().data(), DType::kFloat32, shape});
    }
  }

  std::vector<std::vector<float>> values;
  std::vector<TensorView> inputs;
  std::vector<MutableTensorView> outputs;
};

double block(Session& session, const Batch& batch, std::size_t steps) {
  const double begin = processor_seconds();
  for (std::size_t i = 0; i < steps; ++i) session.run(batch.inputs, batch.outputs);
  return processor_seconds() - begin;
}

void measure(const char* path, std::size_t pairs) {
  Session session(Model::load(path), {.batch_size = 1});
  const Batch batch(session);
  const std::filesystem::path record =
      std::filesystem::temp_directory_path() / fmt::format("bench{}.weirprof", getpid());
  const Profile profile(record);
  const double once = std::max(block(session, batch, 5) / 5, 1e-6);
  const auto steps = static_cast<std::size_t>(std::clamp(0.2 / once, 4.0, 100'000.0));
  std::vector<double> ratios;
  for (std::size_t i = 0; i < pairs; ++i) {
    session.watch(profile);
    block(session, batch, 1);  // Which describes the session.
    const double watched = block(session, batch, steps);
    session.watch(std::nullopt);
    ratios.push_back(watched / block(session, batch, steps));
  }
  session.watch(profile);  // Else the last look would find its memory without a name.
  block(session, batch, 1);
  profile.finish();
  double unnamed = 0;
  std::uint64_t resident = 0;
  for (const profile::CensusEntry& census : profile::read_record_file(record).censuses) {
    unnamed = std::max(unnamed, static_cast<double>(at(census.owners, profile::Owner::kUnnamed)));
    resident = std::max(resident, census.resident);
  }
  std::filesystem::remove(record);
  fmt::print("| {} | {:.3f} ms | {:.2f} % | {} | {} |\n",
             std::filesystem::path(path).stem().string(), 1e3 * once, 100 * (median(ratios) - 1),
             format_bytes(resident), format_bytes(static_cast<std::uint64_t>(unnamed)));
}

}  // namespace
}  // namespace weir

int main(int count, char** arguments) {
  std::size_t pairs = 21;
  std::vector<const char*> models;
  for (int i = 1; i < count; ++i) {
    if (std::string_view(arguments[i]) == "--pairs" && i + 1 < count) {
      pairs = std::strtoul(arguments[++i], nullptr, 10);
    } else {
      models.push_back(arguments[i]);
    }
  }
  fmt::print(
      "| model | processor time of a step | recording costs | resident | unnamed at most |\n"
      "|---|--:|--:|--:|--:|\n");
  for (const char* model : models) weir::measure(model, pairs);
}
