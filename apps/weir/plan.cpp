#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "plan_text.h"
#include "session_options.h"
#include "table.h"
#include "weir/memory_size.h"
#include "weir/model.h"

namespace weir::app {
namespace {

using Json = nlohmann::json;

struct Arguments {
  std::string model;
  SessionArguments session;
  bool json = false;
};

Json to_json(const MemoryPlan& plan) {
  Json tensors = Json::array();
  for (const PlannedTensor& tensor : plan.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"storage", tensor.storage},
                       {"offset", tensor.offset},
                       {"bytes", tensor.bytes},
                       {"first_step", tensor.first_step},
                       {"last_step", tensor.last_step}});
  }
  Json steps = Json::array();
  for (const PlannedStep& step : plan.steps) {
    steps.push_back(
        {{"layer", step.layer}, {"kind", step.kind}, {"scratch_bytes", step.scratch_bytes}});
  }
  return {{"mode", to_string(plan.mode)},
          {"mode_reason", plan.mode_reason},
          {"batch_size", plan.batch_size},
          {"micro_batch", plan.micro_batch},
          {"threads", plan.threads},
          {"pass_rows", plan.pass_rows},
          {"arena_slices", plan.arena_slices},
          {"arena_bytes", plan.arena_bytes},
          {"lower_bound_bytes", plan.lower_bound_bytes},
          {"ratio", plan.ratio()},
          {"weights", to_string(plan.weights)},
          {"weights_dtype", to_string(plan.weights_dtype)},
          {"weights_bytes", plan.weights_bytes},
          {"weights_resident_bytes", plan.weights_resident_bytes},
          {"packing_bytes", plan.packing_bytes},
          {"stream_bytes", plan.stream_bytes},
          {"baseline_bytes", plan.baseline_bytes},
          {"peak_bytes", plan.peak_bytes},
          {"steps", steps},
          {"tensors", tensors}};
}

void print_tensors(const MemoryPlan& plan) {
  Table table({{"Tensor"},
               {"Storage"},
               {"Steps", Table::Align::kRight},
               {"Offset", Table::Align::kRight},
               {"Bytes", Table::Align::kRight}});
  for (const PlannedTensor& tensor : plan.tensors) {
    table.add({tensor.name, tensor.storage,
               fmt::format("{}..{}", tensor.first_step, tensor.last_step),
               with_commas(tensor.offset), with_commas(tensor.bytes)});
  }
  fmt::print("{}\n", table.to_text());
}

std::string weights_text(const MemoryPlan& plan) {
  std::string text = format_bytes(plan.weights_bytes);
  if (plan.weights_dtype != DType::kFloat32) {
    text += fmt::format(" as {}", to_string(plan.weights_dtype));
  }
  if (plan.weights_resident_bytes != plan.weights_bytes) {
    text += fmt::format(", streamed: {} in memory at a time",
                        format_bytes(plan.weights_resident_bytes));
  }
  return text;
}

std::string_view peak_moment(const MemoryPlan& plan) {
  const std::uint64_t running =
      plan.baseline_bytes + plan.weights_resident_bytes + plan.arena_bytes + plan.stream_bytes;
  return plan.peak_bytes > running ? ", while weights are packed" : "";
}

void run(const Arguments& arguments) {
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  const MemoryPlan plan =
      model.plan(arguments.session.options(model, arguments.model), arguments.session.device());
  if (arguments.json) {
    fmt::print("{}\n", to_json(plan).dump(2));
    return;
  }
  print_tensors(plan);
  fmt::print("{}", plan_text(plan));
}

}  // namespace

std::string plan_text(const MemoryPlan& plan) {
  return fmt::format(
      "mode         {} ({})\n"
      "micro-batch  {} row(s), {} thread(s), {} steps\n"
      "arena        {} in {} slice(s) (lower bound {}, ratio {:.3f})\n"
      "weights      {}\n"
      "stream       {} for the inputs and outputs of {} row(s)\n"
      "process      {} before the model\n"
      "peak         {}{}\n",
      to_string(plan.mode), plan.mode_reason, plan.micro_batch, plan.threads, plan.steps.size(),
      format_bytes(plan.arena_bytes), plan.arena_slices, format_bytes(plan.lower_bound_bytes),
      plan.ratio(), weights_text(plan), format_bytes(plan.stream_bytes), plan.pass_rows,
      format_bytes(plan.baseline_bytes), format_bytes(plan.peak_bytes), peak_moment(plan));
}

void add_plan(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("plan", "The memory that predicting will take, tensor by tensor");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras, .h5, .weir or architecture .json file");
  arguments->session.add_to(*command, 32);
  add_json(*command, arguments->json);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
