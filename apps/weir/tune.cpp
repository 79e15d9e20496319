#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "command.h"
#include "sample_batch.h"
#include "scatter_plot.h"
#include "session_options.h"
#include "stop.h"
#include "table.h"
#include "weir/error.h"
#include "weir/memory_size.h"
#include "weir/tuning.h"

namespace weir::app {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// Speeds closer than this are the same, and the one with less memory is taken.
constexpr double kSameSpeed = 0.97;
// Every candidate is measured in each round, so that a machine that slows down for a while slows
// all of them; the median counts.
constexpr std::size_t kRounds = 5;

struct Arguments {
  std::string model;
  SessionArguments session;
  double seconds = 0.2;
  std::size_t most_rows = 32;
  bool save = false;
  bool json = false;
};

/// A mode and a micro-batch, and what was measured of it.
struct Candidate {
  Tuning tuning;
  std::uint64_t peak_bytes = 0;
  std::vector<double> speeds;  ///< Rows a second, in each round.
  bool on_front = false;       ///< No other is both faster and smaller.

  double speed() const {
    std::vector<double> sorted = speeds;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
  }
};

std::vector<Tuning> tunings(std::size_t threads, std::size_t most_rows) {
  std::vector<Tuning> all;
  for (const ExecutionMode mode : {ExecutionMode::kLatency, ExecutionMode::kThroughput}) {
    if (mode == ExecutionMode::kThroughput && threads == 1) continue;
    const std::size_t workers = mode == ExecutionMode::kThroughput ? threads : 1;
    for (std::size_t rows = 1; rows * workers <= std::max(most_rows, workers); rows *= 2) {
      all.push_back({mode, rows, threads});
    }
  }
  return all;
}

SessionOptions forced(SessionOptions options, const Tuning& tuning) {
  options.mode = tuning.mode;
  options.micro_batch = tuning.micro_batch;
  return options;
}

/// Rows a second over about `seconds`, in steady state.
double measure(const Model& model, const SessionOptions& options, const Device& device,
               std::size_t rows, double seconds) {
  Session session(model, options, device);
  const SampleBatch batch(session, rows);
  session.run(batch.inputs(), batch.outputs());
  std::size_t done = 0;
  const Clock::time_point start = Clock::now();
  std::chrono::duration<double> passed{};
  while (passed.count() < seconds) {
    session.run(batch.inputs(), batch.outputs());
    done += rows;
    passed = Clock::now() - start;
    if (stop_requested().load()) throw Error(ErrorCode::kCancelled, "stopped");
  }
  return static_cast<double>(done) / passed.count();
}

/// Those that fit the limits, with their peaks.
std::vector<Candidate> find_candidates(const Model& model, const SessionOptions& options,
                                       const Device& device, std::size_t most_rows) {
  std::vector<Candidate> found;
  std::optional<Error> refusal;
  const std::size_t threads = options.threads == 0 ? device.threads() : options.threads;
  for (const Tuning& tuning : tunings(threads, most_rows)) {
    try {
      const MemoryPlan plan = model.plan(forced(options, tuning), device);
      if (plan.mode == ExecutionMode::kWhole) {
        throw Error(ErrorCode::kInvalidArgument, "there is nothing to tune: " + plan.mode_reason);
      }
      found.push_back({tuning, plan.peak_bytes, {}, false});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kLimit) throw;
      refusal = error;
    }
  }
  if (found.empty()) throw Error(*refusal);
  return found;
}

void mark_front(std::vector<Candidate>& candidates) {
  for (Candidate& one : candidates) {
    one.on_front = std::ranges::none_of(candidates, [&](const Candidate& other) {
      return other.speed() > one.speed() && other.peak_bytes <= one.peak_bytes;
    });
  }
}

const Candidate& choose(const std::vector<Candidate>& candidates) {
  const Candidate& fastest = *std::ranges::max_element(candidates, {}, &Candidate::speed);
  const Candidate* best = &fastest;
  for (const Candidate& one : candidates) {
    const bool as_fast = one.speed() >= kSameSpeed * fastest.speed();
    if (as_fast && one.peak_bytes < best->peak_bytes) best = &one;
  }
  return *best;
}

void print_text(const std::vector<Candidate>& candidates, const Candidate& chosen) {
  Table table({{"Mode"},
               {"Micro-batch", Table::Align::kRight},
               {"Samples/s", Table::Align::kRight},
               {"Peak memory", Table::Align::kRight},
               {""}});
  std::vector<PlotPoint> points;
  for (const Candidate& one : candidates) {
    const bool is_chosen = &one == &chosen;
    table.add({std::string(to_string(one.tuning.mode)), std::to_string(one.tuning.micro_batch),
               fmt::format("{:.1f}", one.speed()), format_bytes(one.peak_bytes),
               is_chosen      ? "* chosen"
               : one.on_front ? "*"
                              : ""});
    const char mark = one.tuning.mode == ExecutionMode::kLatency ? 'l' : 't';
    const auto mebibytes = static_cast<double>(one.peak_bytes) / (1 << 20);
    const auto on_front = static_cast<char>(std::toupper(mark));
    points.push_back({mebibytes, one.speed(), is_chosen ? '@' : one.on_front ? on_front : mark});
  }
  fmt::print("{}\n* no other is both faster and smaller\n\n{}", table.to_text(),
             scatter_plot(points, "peak memory, MiB", "samples/s"));
  fmt::print("  l latency, t throughput; capitals are marked * above, @ is chosen\n");
}

Json to_json(const std::vector<Candidate>& candidates, const Candidate& chosen) {
  Json all = Json::array();
  for (const Candidate& one : candidates) {
    all.push_back({{"mode", to_string(one.tuning.mode)},
                   {"micro_batch", one.tuning.micro_batch},
                   {"threads", one.tuning.threads},
                   {"samples_per_second", one.speed()},
                   {"peak_bytes", one.peak_bytes},
                   {"pareto", one.on_front},
                   {"chosen", &one == &chosen}});
  }
  return {{"candidates", all}};
}

void run(const Arguments& arguments) {
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  const SessionOptions options = arguments.session.options(model);
  const Device device = arguments.session.device();
  std::vector<Candidate> candidates = find_candidates(model, options, device, arguments.most_rows);
  std::size_t rows = 1;  // The same for all: as many as the widest candidate has in flight.
  for (const Candidate& one : candidates) rows = std::max(rows, one.tuning.micro_batch);
  rows = std::max(rows, device.threads());
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (Candidate& one : candidates) {
      one.speeds.push_back(
          measure(model, forced(options, one.tuning), device, rows, arguments.seconds));
    }
  }
  mark_front(candidates);
  const Candidate& chosen = choose(candidates);
  if (arguments.json) {
    fmt::print("{}\n", to_json(candidates, chosen).dump(2));
  } else {
    print_text(candidates, chosen);
  }
  if (!arguments.save) return;
  save_tuning(arguments.model, chosen.tuning);
  if (!arguments.json) fmt::print("saved in {}\n", tuning_file(arguments.model).string());
}

}  // namespace

void add_tune(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "tune", "Measure modes and micro-batches, speed against memory, and keep the best");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras or .h5 file, or an architecture JSON");
  arguments->session.add_to(*command, 32);
  command->add_option("--seconds", arguments->seconds)
      ->description("How long each is measured, five times; 0.2 by default")
      ->option_text("S")
      ->check(CLI::PositiveNumber);
  command->add_option("--most-rows", arguments->most_rows)
      ->description("The most rows that pass at the same time; 32 by default")
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 16));
  command->add_flag("--save", arguments->save,
                    "Keep the choice in MODEL.tune.json, where predict finds it");
  add_json(*command, arguments->json);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
