#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "command.h"
#include "measured_schedules.h"
#include "scatter_plot.h"
#include "session_options.h"
#include "table.h"
#include "weir/memory_size.h"
#include "weir/tuning.h"

namespace weir::app {
namespace {

using Json = nlohmann::json;

// Speeds closer than this are the same, and the one with less memory is taken.
constexpr double kSameSpeed = 0.97;

struct Arguments {
  std::string model;
  SessionArguments session;
  MeasuringOptions measuring;
  bool save = false;
  bool json = false;
};

struct Candidate : MeasuredSchedule {
  bool on_front = false;  ///< No other is both faster and smaller.
};

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
  std::vector<Candidate> candidates;
  for (MeasuredSchedule& one :
       measure_schedules(model, options, arguments.session.device(), arguments.measuring)) {
    candidates.push_back({std::move(one)});
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
  command->add_option("--seconds", arguments->measuring.seconds)
      ->description("How long each is measured, five times; 0.2 by default")
      ->option_text("S")
      ->check(CLI::PositiveNumber);
  command->add_option("--most-rows", arguments->measuring.most_rows)
      ->description("The most rows that pass at the same time; 32 by default")
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 16));
  command->add_flag("--save", arguments->save,
                    "Keep the choice in MODEL.tune.json, where predict finds it");
  add_json(*command, arguments->json);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
