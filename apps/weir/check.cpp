#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/file_watch.h"
#include "base/process_memory.h"
#include "command.h"
#include "profile/thinned_series.h"
#include "rounding_cost.h"
#include "sample_batch.h"
#include "session_options.h"
#include "stop.h"
#include "weir/allocations.h"
#include "weir/error.h"
#include "weir/growth.h"
#include "weir/memory_size.h"
#include "weir/model.h"

namespace weir::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSamples = 300;

struct Arguments {
  std::string model;
  SessionArguments session;
  std::uint64_t steps = 100'000;
  double seconds = 60;
  bool json = false;
};

struct Findings {
  std::uint64_t steps = 0;
  double seconds = 0;
  std::uint64_t allocations = 0;
  std::uint64_t resident_bytes = 0;
  Growth growth;

  double allocations_per_step() const {
    return static_cast<double>(allocations) / static_cast<double>(steps);
  }
};

Findings measure(Session& session, const SampleBatch& batch, const Arguments& arguments) {
  using Clock = std::chrono::steady_clock;
  constexpr int kWarmUp = 3;
  for (int i = 0; i < kWarmUp; ++i) session.run(batch.inputs(), batch.outputs());
  profile::ThinnedSeries<GrowthSample> samples(kSamples);
  Findings findings;
  const Clock::time_point start = Clock::now();
  const std::uint64_t before = allocation_count();
  while (findings.steps < arguments.steps && findings.seconds < arguments.seconds) {
    session.run(batch.inputs(), batch.outputs());
    ++findings.steps;
    if (samples.is_due()) {
      samples.add({static_cast<double>(findings.steps), static_cast<double>(resident_bytes())});
    }
    findings.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (stop_requested().load()) throw Error(ErrorCode::kCancelled, "stopped");
  }
  findings.allocations = allocation_count() - before;
  findings.resident_bytes = resident_bytes();
  findings.growth = judge_growth(samples.samples());
  return findings;
}

Json to_json(const Findings& findings, const std::optional<RoundingCost>& rounding,
             const MemoryPlan& plan) {
  Json json{{"verdict", findings.growth.grows() ? "grows" : "level"},
            {"steps", findings.steps},
            {"seconds", findings.seconds},
            {"steps_per_second", static_cast<double>(findings.steps) / findings.seconds},
            {"allocations_per_step", findings.allocations_per_step()},
            {"slope_bytes_per_step", findings.growth.bytes_per_step},
            {"slope_interval", {findings.growth.low, findings.growth.high}},
            {"resident_bytes", findings.resident_bytes},
            {"planned_peak_bytes", plan.peak_bytes}};
  if (rounding) {
    json["rounding"] = {{"weights_dtype", to_string(plan.weights_dtype)},
                        {"typical", rounding->typical},
                        {"largest", rounding->largest}};
  }
  return json;
}

void print_text(const Findings& findings, const std::optional<RoundingCost>& rounding,
                const MemoryPlan& plan) {
  fmt::print("verdict      {}\n", findings.growth.grows() ? "grows" : "level");
  fmt::print("steps        {} in {:.1f} s ({:.0f} a second)\n", findings.steps, findings.seconds,
             static_cast<double>(findings.steps) / findings.seconds);
  fmt::print("allocations  {:g} a step\n", findings.allocations_per_step());
  fmt::print("slope        {:.3f} bytes a step, 99 % between {:.3f} and {:.3f}\n",
             findings.growth.bytes_per_step, findings.growth.low, findings.growth.high);
  fmt::print("resident     {} (planned peak {})\n", format_bytes(findings.resident_bytes),
             format_bytes(plan.peak_bytes));
  if (!rounding) return;
  fmt::print(
      "rounding     {} weights move an output by {:.3f} % of its largest value, at most {:.3f} %\n",
      to_string(plan.weights_dtype), 100 * rounding->typical, 100 * rounding->largest);
}

void run(const Arguments& arguments) {
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  model.verify();
  const SessionOptions options = arguments.session.options(model, arguments.model);
  Session session(model, options, arguments.session.device());
  const SampleBatch batch(session, options.batch_size);
  const Findings findings = measure(session, batch, arguments);
  require_mapped_files_whole();
  std::optional<RoundingCost> rounding;
  if (options.weights_dtype != DType::kFloat32) rounding = measure_rounding(model, options);
  if (arguments.json) {
    fmt::print("{}\n", to_json(findings, rounding, session.plan()).dump(2));
  } else {
    print_text(findings, rounding, session.plan());
  }
  if (findings.growth.grows()) throw Verdict{kGrows};
}

}  // namespace

void add_check(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("check", "Run many steps and prove that memory stays level");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model,
            "A .keras, .h5 or .weir file; of a .weir, all checksums are compared first");
  arguments->session.add_to(*command, 1);
  CLI::Option* steps = command->add_option("--steps", arguments->steps)
                           ->description("Steps to run; 100000 by default")
                           ->option_text("N")
                           ->check(CLI::PositiveNumber);
  command->add_option("--seconds", arguments->seconds)
      ->description("Stop after this time; 60 by default, unless --steps is given")
      ->option_text("S")
      ->check(CLI::PositiveNumber);
  add_json(*command, arguments->json);
  command->callback([arguments, steps, command] {
    const bool bounded = command->count("--seconds") > 0 || steps->count() == 0;
    if (!bounded) arguments->seconds = 1e18;
    run(*arguments);
  });
}

}  // namespace weir::app
