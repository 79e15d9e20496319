#include "session/preparation.h"

#include <algorithm>
#include <bit>

#include "base/fail.h"
#include "base/format_bytes.h"
#include "base/process_memory.h"
#include "base/thread_pool.h"
#include "layers/build_graph.h"
#include "session/compile.h"
#include "session/probe.h"

namespace weir::session {
namespace {

// An arena of this size stays in the caches that matter (L2, a share of L3); where the weights are
// larger than the caches themselves, a micro-batch is allowed a part of their size, since all of
// them are read from memory once a pass.
constexpr std::uint64_t kCacheBudget = std::uint64_t{4} << 20;
constexpr std::uint64_t kWeightShare = 8;

// Code, stacks and tables of libraries that become resident only when the first step runs:
// measured.
constexpr std::uint64_t kTouchedLater = std::uint64_t{5} << 18;

// The smallest limit that works is told in whole mebibytes, with room for the pages by which a
// process differs from run to run: advice that is taken must work.
constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kLimitSlack = kMebibyte / 4;

std::uint64_t resident_without(std::uint64_t bytes) {
  const std::uint64_t resident = resident_bytes();
  return resident - std::min(resident, bytes);
}

std::uint64_t port_bytes(const exec::Port& port) {
  return static_cast<std::uint64_t>(port.shape.elements()) * size_of(port.dtype);
}

std::uint64_t rows_of(const exec::Program& program) {
  return static_cast<std::uint64_t>(program.inputs.front().shape[0]);
}

}  // namespace

Preparation::Preparation(const Model::Impl& model, const SessionOptions& options,
                         graph::PackedWeights& weights)
    : model_(model),
      options_(options),
      weights_(weights),
      threads_(options.threads == 0 ? available_processors() : options.threads),
      baseline_bytes_(resident_without(weights.resident_bytes()) + kTouchedLater) {
  require(options.batch_size > 0, ErrorCode::kInvalidArgument, "a batch has no rows");
}

bool Preparation::knows_row_shapes() const {
  return !options_.row_shapes.empty() ||
         std::all_of(model_.inputs.begin(), model_.inputs.end(), [](const TensorSpec& input) {
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

std::shared_ptr<const exec::Program> Preparation::compile_rows(std::span<const Shape> row_shapes,
                                                               std::size_t rows) const {
  const std::vector<Shape> shapes =
      shapes_with(model_.inputs, static_cast<std::int64_t>(rows), row_shapes);
  return compile(graph::optimize(layers::build_graph(model_.record, shapes)), threads_, weights_);
}

std::uint64_t Preparation::stream_bytes(const exec::Program& program) const {
  std::uint64_t bytes = 0;
  for (const exec::Port& port : program.inputs) bytes += port_bytes(port);
  for (const exec::Port& port : program.outputs) bytes += port_bytes(port);
  return bytes / rows_of(program) * options_.batch_size;
}

std::uint64_t Preparation::peak_bytes(const exec::Program& program) const {
  return baseline_bytes_ + weights_resident_bytes(program) + program.plan.arena_bytes +
         stream_bytes(program);
}

std::uint64_t Preparation::weights_resident_bytes(const exec::Program& program) const {
  return program.streams_weights ? program.largest_part_bytes : weights_.bytes();
}

std::size_t Preparation::affordable_micro_batch(const exec::Program& one_row) const {
  const std::uint64_t arena = std::max<std::uint64_t>(one_row.plan.arena_bytes, 1);
  const std::uint64_t budget = std::max(kCacheBudget, weights_.bytes() / kWeightShare);
  const std::uint64_t rows = std::clamp<std::uint64_t>(budget / arena, 1, options_.batch_size);
  return static_cast<std::size_t>(std::bit_floor(rows));
}

void Preparation::check_outputs(const RowPlan& plan) const {
  for (std::size_t i = 0; i < plan.program->outputs.size(); ++i) {
    const Shape& shape = plan.program->outputs[i].shape;
    require(!shape.empty() && shape[0] == static_cast<std::int64_t>(plan.micro_batch),
            ErrorCode::kUnsupported, "output '{}' has no row for each sample, but the shape {}",
            model_.outputs[i].name, to_string(shape));
  }
}

void Preparation::widen(RowPlan& plan) const {
  for (std::size_t rows = affordable_micro_batch(*plan.program); rows > 1; rows /= 2) {
    auto program = compile_rows(plan.row_shapes, rows);
    if (peak_bytes(*program) > memory_limit()) continue;
    plan.micro_batch = rows;
    plan.program = std::move(program);
    return;
  }
}

void Preparation::check_limit(const RowPlan& plan) const {
  const std::uint64_t peak = peak_bytes(*plan.program);
  if (peak <= memory_limit()) return;
  fail(ErrorCode::kLimit, "a memory limit of {} is too small: this model needs at least {}MiB",
       format_bytes(memory_limit()), (peak + kLimitSlack) / kMebibyte + 1);
}

RowPlan Preparation::plan_rows(std::vector<Shape> row_shapes) const {
  const Independence independence = sample_independence(model_.record, model_.inputs, row_shapes);
  RowPlan plan{std::move(row_shapes), independence.independent, independence.reason, 1, nullptr};
  if (!plan.independent) plan.micro_batch = options_.batch_size;
  plan.program = compile_rows(plan.row_shapes, plan.micro_batch);
  if (plan.independent) widen(plan);
  check_outputs(plan);
  check_limit(plan);
  return plan;
}

}  // namespace weir::session
