#include "session/description.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "base/isa.h"
#include "base/mapped_file.h"
#include "kernels/peak.h"
#include "profile/schedule_info.h"
#include "session/memory_plan.h"
#include "session/summary.h"

namespace weir::session {
namespace {

using Json = nlohmann::json;

// More than these would be a wall of numbers.
constexpr std::size_t kSchedules = 24;
constexpr double kPeakSeconds = 0.02;

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name"))
      return line.substr(std::min(line.find(": ") + 2, line.size()));
  }
  return "";
}

Json machine(const ThreadPool& pool) {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  return {{"processor", processor_name()},
          {"isa", select_isa()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", pages * page_size()},
          {"peak_flops", kernels::measure_peak(pool, kPeakSeconds)}};
}

Json steps_of(const RowPlan& rows, const ModelSummary& summary) {
  std::map<std::string, std::string> classes;
  for (const LayerSummary& layer : summary.layers) classes[layer.name] = layer.class_name;
  const exec::Program& program = *rows.program;
  Json steps = Json::array();
  for (const plan::StepId id : program.plan.order) {
    const exec::ProgramStep& step = program.steps[id];
    std::uint64_t made = 0;
    for (const plan::TensorId output : step.outputs) made += program.plan.tensors[output].bytes;
    steps.push_back({{"layer", step.layer},
                     {"class", classes[step.layer]},
                     {"kind", step.kind},
                     {"multiply_adds", step.work.multiply_adds},
                     {"weight_bytes", step.work.weight_bytes},
                     {"activation_bytes", step.work.activation_bytes},
                     {"bytes_made", made}});
  }
  return steps;
}

Json tensors_of(const MemoryPlan& plan) {
  Json tensors = Json::array();
  for (const PlannedTensor& tensor : plan.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"storage", tensor.storage},
                       {"offset", tensor.offset},
                       {"bytes", tensor.bytes},
                       {"first_step", tensor.first_step},
                       {"last_step", tensor.last_step}});
  }
  return tensors;
}

/// The plan's own where it has one.
std::shared_ptr<const exec::Program> one_row_program(const RowPlan& rows,
                                                     const Preparation& preparation) {
  const plan::Schedule one_row{ExecutionMode::kLatency, 1, rows.schedule.threads};
  if (rows.single != nullptr) return rows.single;
  return rows.schedule == one_row ? rows.program
                                  : preparation.compile_rows(rows.row_shapes, one_row);
}

Json schedules_of(const RowPlan& rows, const Preparation& preparation, const MemoryPlan& plan) {
  Json schedules = Json::array();
  if (!rows.independent) return schedules;
  const auto one_row = one_row_program(rows, preparation);
  const std::uint64_t without_arena = plan.peak_bytes - plan.arena_bytes;
  for (const plan::RatedSchedule& rated : preparation.schedules(*one_row)) {
    if (schedules.size() == kSchedules) break;
    if (rated.seconds_per_row <= 0 || rated.schedule.in_bands) continue;
    schedules.push_back(
        to_json(profile::ScheduleInfo{.micro_batch = rated.schedule.micro_batch,
                                      .threads = rated.schedule.threads,
                                      .mode = std::string(to_string(rated.schedule.mode)),
                                      .peak_bytes = without_arena + rated.arena_bytes,
                                      .rows_per_second = 1 / rated.seconds_per_row}));
  }
  return schedules;
}

Json limit_of(const std::optional<std::uint64_t>& limit) { return limit ? Json(*limit) : Json(); }

}  // namespace

std::string describe_for_profile(const RowPlan& rows, const Preparation& preparation,
                                 const ThreadPool& pool) {
  const Model::Impl& model = preparation.model();
  const ModelSummary summary = summarize(model.record, model.registry());
  const MemoryPlan plan = describe(rows, preparation);
  const Json description{{"machine", machine(pool)},
                         {"model",
                          {{"name", summary.name},
                           {"file", model.file},
                           {"parameters", summary.parameters},
                           {"weight_bytes", summary.weight_bytes}}},
                         {"plan",
                          {{"mode", to_string(plan.mode)},
                           {"batch_size", plan.batch_size},
                           {"micro_batch", plan.micro_batch},
                           {"threads", plan.threads},
                           {"memory_limit", limit_of(preparation.options().memory_limit)},
                           {"arena_bytes", plan.arena_bytes},
                           {"lower_bound_bytes", plan.lower_bound_bytes},
                           {"arena_slices", plan.arena_slices},
                           {"peak_bytes", plan.peak_bytes},
                           {"steps", steps_of(rows, summary)},
                           {"tensors", tensors_of(plan)}}},
                         {"schedules", schedules_of(rows, preparation, plan)}};
  return description.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace weir::session
