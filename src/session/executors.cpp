#include "session/executors.h"

#include <algorithm>

#include "base/process_memory.h"

namespace weir::session {
namespace {

// What a step weighs with its kernel, names and places in the plan: measured, rounded up.
constexpr std::size_t kStepBytes = 2048;
// Of the current shapes as many programs are kept whatever they weigh: for each power of two that a
// tail is filled up to, so that no two steps compile by turns.
constexpr std::size_t kSizesKept = 12;

std::size_t weight_of(const exec::Program& program) { return program.steps.size() * kStepBytes; }

bool same_rows(std::span<const Shape> row_shapes, std::span<const Shape> batch_shapes) {
  return std::equal(row_shapes.begin(), row_shapes.end(), batch_shapes.begin(), batch_shapes.end(),
                    [](const Shape& row, const Shape& batch) {
                      return std::equal(row.begin(), row.end(), batch.begin() + 1, batch.end());
                    });
}

}  // namespace

const RowPlan& Executors::row_plan(std::span<const Shape> batch_shapes) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return same_rows(entry.plan.row_shapes, batch_shapes);
  });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front().plan;
  }
  std::vector<Shape> row_shapes;
  for (const Shape& shape : batch_shapes) row_shapes.emplace_back(shape.dims().subspan(1));
  entries_.push_front({preparation_.plan_rows(std::move(row_shapes)), {}});
  Entry& entry = entries_.front();
  const RowPlan& plan = entry.plan;
  if (plan.single != nullptr) {
    add(entry, {ExecutionMode::kLatency, 1, plan.schedule.threads}, plan.single);
  }
  add(entry, plan.schedule, plan.program);
  return_freed_memory();  // Else what is kept of each shape lies between gaps that planning left.
  return plan;
}

std::span<exec::Executor> Executors::for_schedule(const plan::Schedule& schedule) {
  Prepared& wanted = find(entries_.front(), schedule);
  const std::size_t part = wanted.program->plan.arena_bytes;
  const std::size_t needed =
      std::max(schedule.slices() * part, entries_.front().plan.arena_bytes());
  std::byte* arena = device_.arena(needed).data();
  for (exec::Executor& executor : wanted.executors) {
    executor.move_to(arena);
    arena += part;
  }
  return wanted.executors;
}

Executors::Prepared& Executors::find(Entry& entry, const plan::Schedule& schedule) {
  const auto found = std::ranges::find(entry.prepared, schedule, &Prepared::schedule);
  if (found != entry.prepared.end()) return *found;
  return add(entry, schedule, preparation_.compile_rows(entry.plan.row_shapes, schedule));
}

Executors::Prepared& Executors::add(Entry& entry, const plan::Schedule& schedule,
                                    std::shared_ptr<const exec::Program> program) {
  Prepared prepared{schedule, std::move(program), {}};
  for (std::size_t slice = 0; slice < schedule.slices(); ++slice) {
    prepared.executors.emplace_back(prepared.program, device_.pool().part(schedule.step_threads()));
  }
  entry.prepared.insert(entry.prepared.begin(), std::move(prepared));
  forget_old();
  return entry.prepared.front();
}

std::size_t Executors::program_bytes() const {
  std::size_t total = 0;
  for (const Entry& entry : entries_) {
    for (const Prepared& one : entry.prepared) total += weight_of(*one.program);
  }
  return total;
}

void Executors::forget_old() {
  std::size_t total = 0;
  std::size_t kept = 0;
  for (Entry& entry : entries_) {
    std::erase_if(entry.prepared, [&](const Prepared& one) {
      total += weight_of(*one.program);
      const bool keep =
          total <= kProgramLimit || (&entry == &entries_.front() && kept < kSizesKept);
      if (keep) ++kept;
      return !keep;
    });
  }
  entries_.remove_if([](const Entry& entry) { return entry.prepared.empty(); });
}

}  // namespace weir::session
