#include "session/executors.h"

#include <algorithm>

namespace weir::session {
namespace {

// What the programs kept for other shapes than the current one may weigh together.
constexpr std::size_t kProgramLimit = std::size_t{8} << 20;
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
  RowPlan plan = preparation_.plan_rows(std::move(row_shapes));
  entries_.push_front({std::move(plan), {}});
  Entry& entry = entries_.front();
  add_size(entry, {entry.plan.micro_batch, entry.plan.program, nullptr});
  return entry.plan;
}

const exec::Executor& Executors::executor(std::size_t rows) {
  Sized& wanted = sized(entries_.front(), rows);
  const std::size_t needed = wanted.program->plan.arena_bytes;
  if (needed > arena_.size()) {
    for (Entry& entry : entries_) {
      for (Sized& other : entry.sizes) other.executor.reset();
    }
    arena_ = AlignedBuffer();  // Given back before the larger one is taken.
    arena_ = AlignedBuffer(needed);
  }
  if (wanted.executor == nullptr) {
    wanted.executor = std::make_unique<exec::Executor>(
        wanted.program, std::span(arena_.data(), arena_.size()), pool_);
  }
  return *wanted.executor;
}

Executors::Sized& Executors::sized(Entry& entry, std::size_t rows) {
  for (Sized& size : entry.sizes) {
    if (size.rows == rows) return size;
  }
  return add_size(entry, {rows, preparation_.compile_rows(entry.plan.row_shapes, rows), nullptr});
}

Executors::Sized& Executors::add_size(Entry& entry, Sized size) {
  entry.sizes.insert(entry.sizes.begin(), std::move(size));
  forget_old();
  return entry.sizes.front();
}

std::size_t Executors::program_bytes() const {
  std::size_t total = 0;
  for (const Entry& entry : entries_) {
    for (const Sized& size : entry.sizes) total += weight_of(*size.program);
  }
  return total;
}

void Executors::forget_old() {
  std::size_t total = 0;
  std::size_t kept = 0;
  for (Entry& entry : entries_) {
    std::erase_if(entry.sizes, [&](const Sized& size) {
      total += weight_of(*size.program);
      const bool keep =
          total <= kProgramLimit || (&entry == &entries_.front() && kept < kSizesKept);
      if (keep) ++kept;
      return !keep;
    });
  }
  entries_.remove_if([](const Entry& entry) { return entry.sizes.empty(); });
}

}  // namespace weir::session
