#include "session/preparation.h"

#include <algorithm>

#include "base/caches.h"
#include "base/fail.h"
#include "base/isa.h"
#include "base/process_memory.h"
#include "layers/build_graph.h"
#include "session/compile.h"
#include "session/kept_states.h"
#include "session/probe.h"
#include "session/refusal.h"

namespace weir::session {
namespace {

// More than one row at a time may take as much memory as stays in the caches that matter (L2, a
// share of L3); where the weights are larger than the caches themselves, a part of their size,
// since all of them are read from memory once a pass.
constexpr std::uint64_t kCacheBudget = std::uint64_t{8} << 20;
constexpr std::uint64_t kWeightShare = 8;

// A stream reads and hands on as much at a time as costs next to nothing to hold.
constexpr std::uint64_t kStreamBytes = std::uint64_t{256} << 10;

// Code, stacks and tables of libraries that become resident only when all is planned and run, and
// by how much that differs from run to run (how much of a file the system maps in around a page):
// measured.
constexpr std::uint64_t kTouchedLater = std::uint64_t{7} << 18;

std::size_t rows_of(const exec::Program& program) {
  return static_cast<std::size_t>(program.inputs.front().shape[0]);
}

/// Inputs and outputs of one row.
std::uint64_t row_bytes(const exec::Program& program) {
  std::uint64_t bytes = 0;
  for (const exec::Port& port : program.inputs) bytes += port.bytes();
  for (const exec::Port& port : program.outputs) bytes += port.bytes();
  return bytes / rows_of(program);
}

plan::Workload workload_of(const exec::Program& one_row) {
  plan::Workload workload{{}, one_row.plan.arena_bytes, 0, one_row.streams_weights};
  for (const exec::ProgramStep& step : one_row.steps) {
    workload.steps.push_back(step.work);
    workload.scratch_bytes =
        std::max<std::uint64_t>(workload.scratch_bytes, step.kernel->scratch_bytes());
  }
  return workload;
}

/// Layers run in bands where what is between them would have left the second-level cache before it
/// is read, and their weights would not; where memory is short, also where it is wide among what is
/// left.
graph::Graph in_bands(graph::Graph graph, bool memory_is_short) {
  constexpr std::uint64_t kWideShare = 4;
  const std::uint64_t cache = cache_sizes().level2;
  graph = graph::join_in_bands(std::move(graph), cache / 2, cache / 4);
  if (!memory_is_short) return graph;
  const std::uint64_t wide = graph::widest_bytes(graph) / kWideShare;
  return graph::join_in_bands(std::move(graph), wide, UINT64_MAX);
}

std::string reason_of(const plan::Schedule& schedule) {
  if (schedule.mode == ExecutionMode::kThroughput) return "each thread carries rows of its own";
  const std::string bands = schedule.in_bands ? "; wide layers run in bands of rows" : "";
  return (schedule.threads == 1 ? "one thread" : "all threads share each step") + bands;
}

}  // namespace

std::size_t RowPlan::arena_bytes() const {
  const std::size_t slices = schedule.slices() * program->plan.arena_bytes;
  return single == nullptr ? slices : std::max(slices, single->plan.arena_bytes);
}

std::size_t RowPlan::lower_bound_bytes() const {
  const std::size_t slices = schedule.slices() * program->plan.lower_bound_bytes;
  return single == nullptr ? slices : std::max(slices, single->plan.lower_bound_bytes);
}

Preparation::Preparation(const Model::Impl& model, const SessionOptions& options,
                         const Device::Impl& device, graph::PackedWeights& weights,
                         std::uint64_t resident)
    : model_(model),
      options_(options),
      device_(device),
      weights_(weights),
      threads_(options.threads == 0 ? device.pool().size() : options.threads),
      baseline_bytes_(resident - std::min<std::uint64_t>(resident, weights.resident_bytes()) +
                      kTouchedLater) {
  require(options.batch_size > 0, ErrorCode::kInvalidArgument, "a batch has no rows");
  require(threads_ <= device.pool().size(), ErrorCode::kInvalidArgument,
          "{} threads are wanted, but the device has {}", threads_, device.pool().size());
  require(options.weights_dtype == DType::kFloat32 || options.weights_dtype == DType::kBFloat16 ||
              options.weights_dtype == DType::kInt8,
          ErrorCode::kInvalidArgument, "weights are kept as float32, bfloat16 or int8, not {}",
          to_string(options.weights_dtype));
  require(options.mode != ExecutionMode::kThroughput || !streams_weights(),
          ErrorCode::kInvalidArgument, "streamed weights are for latency mode, not throughput");
  require(options.mode != ExecutionMode::kWhole, ErrorCode::kInvalidArgument,
          "only models that mix samples are predicted whole; ask for latency or throughput");
}

bool knows_row_shapes(const Model::Impl& model, const SessionOptions& options) {
  return !options.row_shapes.empty() ||
         std::all_of(model.inputs.begin(), model.inputs.end(), [](const TensorSpec& input) {
           return std::all_of(input.shape.begin() + 1, input.shape.end(),
                              [](std::int64_t size) { return size != Shape::kFree; });
         });
}

std::vector<Shape> Preparation::default_row_shapes() const {
  if (!options_.row_shapes.empty()) return options_.row_shapes;
  std::vector<Shape> shapes;
  for (const TensorSpec& input : model_.inputs) {
    const Shape row(input.shape.dims().subspan(1));
    require(row.is_static(), ErrorCode::kInvalidArgument,
            "input '{}' has free axes, {}: say what they are, for example with --shape {}=...",
            input.name, to_string(input.shape), input.name);
    shapes.push_back(row);
  }
  return shapes;
}

std::shared_ptr<const exec::Program> Preparation::compile_rows(
    std::span<const Shape> row_shapes, const plan::Schedule& schedule) const {
  const auto rows = static_cast<std::int64_t>(schedule.micro_batch);
  const std::vector<Shape> shapes = shapes_with(model_.inputs, rows, row_shapes);
  graph::Graph graph =
      graph::optimize(layers::build_graph(model_.record, shapes, nullptr, model_.registry()));
  if (options_.weights_dtype != DType::kFloat32) {
    graph = graph::keep_weights_as(options_.weights_dtype, std::move(graph));
  }
  if (!is_strict()) graph = graph::use_faster(std::move(graph));
  graph = in_bands(std::move(graph), schedule.in_bands);
  return compile(graph, schedule.step_threads(), weights_);
}

bool Preparation::is_strict() const {
  return options_.precision == Precision::kStrict || streams_weights() ||
         options_.memory_limit.has_value() || device_.options().memory_limit.has_value();
}

std::size_t Preparation::pass_rows(const RowPlan& plan) const {
  const std::size_t rows = plan.schedule.rows_in_flight();
  if (!plan.independent) return rows;
  const std::uint64_t bytes = std::max<std::uint64_t>(row_bytes(*plan.program) * rows, 1);
  return rows * static_cast<std::size_t>(std::max<std::uint64_t>(kStreamBytes / bytes, 1));
}

std::uint64_t Preparation::stream_bytes(const RowPlan& plan) const {
  return row_bytes(*plan.program) * pass_rows(plan);
}

std::uint64_t Preparation::weights_resident_bytes(const RowPlan& plan) const {
  return streams_weights() ? plan.program->largest_part_bytes : weights_.bytes();
}

std::uint64_t Preparation::peak_bytes(const RowPlan& plan) const {
  const std::uint64_t packing =
      weights_.packing_bytes() + (streams_weights() ? 0 : weights_.bytes());
  const std::uint64_t running = weights_resident_bytes(plan) + plan.arena_bytes() +
                                stream_bytes(plan) + KeptStates::bytes_of(*plan.program);
  return baseline_bytes_ + std::max(packing, running);
}

std::uint64_t Preparation::device_bytes(const RowPlan& plan) const {
  return device_.weights_bytes(&model_) + weights_resident_bytes(plan) +
         std::max(plan.arena_bytes(), device_.arena_bytes());
}

bool Preparation::fits(const RowPlan& plan) const {
  return peak_bytes(plan) <= options_.memory_limit.value_or(UINT64_MAX) &&
         device_bytes(plan) <= device_.options().memory_limit.value_or(UINT64_MAX);
}

RowPlan Preparation::with_schedule(const RowPlan& one_row, const plan::Schedule& schedule) const {
  RowPlan plan = one_row;
  plan.schedule = schedule;
  plan.reason = reason_of(schedule);
  const bool is_one_row = schedule.micro_batch == 1 && !schedule.in_bands &&
                          schedule.step_threads() == one_row.schedule.step_threads();
  if (!is_one_row) plan.program = compile_rows(plan.row_shapes, schedule);
  if (schedule.mode != ExecutionMode::kThroughput) return plan;
  const bool all_threads = schedule.threads == one_row.schedule.threads;
  plan.single = all_threads
                    ? one_row.program
                    : compile_rows(plan.row_shapes, {ExecutionMode::kLatency, 1, schedule.threads});
  return plan;
}

std::vector<plan::RatedSchedule> Preparation::schedules(const exec::Program& one_row) const {
  const CacheSizes caches = cache_sizes();
  plan::ScheduleLimits limits{threads_, std::max(kCacheBudget, weights_.bytes() / kWeightShare),
                              caches.level3_share(), options_.micro_batch, options_.mode};
  // Each of several workers would drop what another is about to read.
  if (streams_weights()) limits.mode = ExecutionMode::kLatency;
  const plan::Workload workload = workload_of(one_row);
  plan::Processor processor{caches};
  // Vectors twice as wide, at a somewhat lower clock.
  if (select_isa().starts_with("AVX3")) processor.multiply_adds_per_second *= 1.5;
  std::vector<plan::RatedSchedule> all = plan::rate_schedules(workload, processor, limits);
  const std::optional<Tuning>& tuning = options_.tuning;
  const bool is_tuned = tuning && tuning->threads == threads_ && options_.micro_batch == 0 &&
                        !options_.mode && !streams_weights();
  if (!is_tuned) return all;
  const plan::Schedule tuned{tuning->mode, tuning->micro_batch, tuning->threads};
  all.insert(all.begin(), {tuned, 0, workload.arena_of(tuned)});
  return all;
}

void Preparation::choose_schedule(RowPlan& plan) const {
  RowPlan smallest = plan;
  std::uint64_t too_much = UINT64_MAX;  // The least estimate of those that do not fit.
  for (const plan::RatedSchedule& rated : schedules(*plan.program)) {
    if (rated.arena_bytes > too_much) continue;
    RowPlan candidate = with_schedule(plan, rated.schedule);
    if (fits(candidate)) {
      plan = std::move(candidate);
      return;
    }
    too_much = rated.arena_bytes;
    if (candidate.arena_bytes() <= smallest.arena_bytes()) smallest = std::move(candidate);
  }
  refuse(smallest);
}

void Preparation::refuse(const RowPlan& smallest) const {
  const std::uint64_t process_limit = options_.memory_limit.value_or(UINT64_MAX);
  const bool is_process = peak_bytes(smallest) > process_limit;
  refuse_limit({.of_process = is_process,
                .limit = is_process ? process_limit : *device_.options().memory_limit,
                .needed = is_process ? peak_bytes(smallest) : device_bytes(smallest),
                .weights = weights_.bytes(),
                .arena = smallest.arena_bytes()},
               *smallest.program);
}

std::size_t Preparation::whole_batch(bool stateful) const {
  const std::int64_t rows = model_.inputs.front().shape[0];
  return stateful && rows > 0 ? static_cast<std::size_t>(rows) : options_.batch_size;
}

RowPlan Preparation::plan_rows(std::vector<Shape> row_shapes) const {
  const Independence independence =
      sample_independence(model_.record, model_.inputs, row_shapes, model_.registry());
  RowPlan plan{std::move(row_shapes), independence.independent, independence.reason, {}, {}, {}};
  plan.schedule = {plan.independent ? ExecutionMode::kLatency : ExecutionMode::kWhole,
                   plan.independent ? 1 : whole_batch(independence.stateful), threads_};
  plan.program = compile_rows(plan.row_shapes, plan.schedule);
  if (plan.independent) choose_schedule(plan);
  if (!fits(plan)) refuse(plan);
  return plan;
}

}  // namespace weir::session
