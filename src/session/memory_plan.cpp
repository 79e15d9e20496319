#include "session/memory_plan.h"

#include <string_view>

#include "base/process_memory.h"
#include "session/kept_states.h"
#include "weir/error.h"

namespace weir::session {
namespace {

std::string_view storage_name(plan::Storage storage) {
  switch (storage) {
    case plan::Storage::kOwn:
      return "own";
    case plan::Storage::kView:
      return "view";
    case plan::Storage::kInPlace:
      return "in place";
    case plan::Storage::kUnused:
      return "unused";
  }
  return "";
}

void add_tensors(const exec::Program& program, MemoryPlan& plan) {
  for (const plan::Placement& placement : program.plan.tensors) {
    if (placement.storage == plan::Storage::kUnused) continue;
    plan.tensors.push_back({placement.name, std::string(storage_name(placement.storage)),
                            placement.offset, placement.bytes, placement.first_step,
                            placement.last_step});
  }
}

void add_steps(const exec::Program& program, MemoryPlan& plan) {
  for (std::size_t position = 0; position < program.plan.order.size(); ++position) {
    const plan::StepId id = program.plan.order[position];
    const exec::ProgramStep& step = program.steps[id];
    const plan::Scratch& scratch = program.plan.scratch[id];
    plan.steps.push_back({step.layer, step.kind, scratch.bytes});
    if (scratch.bytes == 0) continue;
    plan.tensors.push_back(
        {step.layer, "scratch", scratch.offset, scratch.bytes, position, position});
  }
}

}  // namespace

MemoryPlan describe(const RowPlan& rows, const Preparation& preparation) {
  const exec::Program& program = *rows.program;
  MemoryPlan plan;
  plan.mode = rows.schedule.mode;
  plan.mode_reason = rows.reason;
  plan.batch_size = preparation.options().batch_size;
  plan.micro_batch = rows.schedule.micro_batch;
  plan.threads = rows.schedule.threads;
  plan.pass_rows = preparation.pass_rows(rows);
  plan.arena_slices = rows.schedule.slices();
  plan.arena_bytes = rows.arena_bytes();
  plan.lower_bound_bytes = rows.lower_bound_bytes();
  plan.weights_bytes = preparation.weights_bytes();
  plan.weights = preparation.weights_mode();
  plan.weights_dtype = preparation.options().weights_dtype;
  plan.weights_resident_bytes = preparation.weights_resident_bytes(rows);
  plan.packing_bytes = preparation.packing_bytes();
  plan.stream_bytes = preparation.stream_bytes(rows);
  plan.state_bytes = KeptStates::bytes_of(program);
  plan.baseline_bytes = preparation.baseline_bytes();
  plan.peak_bytes = preparation.peak_bytes(rows);
  add_tensors(program, plan);
  add_steps(program, plan);
  return plan;
}

MemoryPlan plan_memory(const Model::Impl& model, const SessionOptions& options,
                       const Device::Impl& device, std::uint64_t resident) {
  const auto plan_with = [&](WeightsMode mode) {
    const bool streams = mode == WeightsMode::kStream;
    graph::PackedWeights reserved(graph::make_reserving_store(),
                                  streams ? graph::Residence::kStreamed : graph::Residence::kWhole);
    const Preparation preparation(model, options, device, reserved, resident);
    return describe(preparation.plan_rows(preparation.default_row_shapes()), preparation);
  };
  if (options.weights) return plan_with(*options.weights);
  try {
    return plan_with(WeightsMode::kResident);
  } catch (const Error& error) {
    const bool can_stream = options.mode != ExecutionMode::kThroughput;
    if (error.code() != ErrorCode::kLimit || !can_stream) throw;
  }
  return_freed_memory();
  return plan_with(WeightsMode::kStream);
}

}  // namespace weir::session
