#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::plan {
namespace {

struct Row {
  std::size_t first;
  std::size_t last;
  std::size_t offset;
  std::size_t bytes;
  std::string what;
};

std::string describe(const Placement& tensor, const Problem& problem) {
  switch (tensor.storage) {
    case Storage::kView:
      return fmt::format("{} (view of {})", tensor.name, problem.tensors[tensor.source].name);
    case Storage::kInPlace:
      return fmt::format("{} (in place of {})", tensor.name, problem.tensors[tensor.source].name);
    default:
      return tensor.name;
  }
}

std::vector<Row> rows_of(const Plan& plan, const Problem& problem) {
  std::vector<Row> rows;
  for (const Placement& t : plan.tensors) {
    if (t.storage != Storage::kUnused) {
      rows.push_back({t.first_step, t.last_step, t.offset, t.bytes, describe(t, problem)});
    }
  }
  for (std::size_t position = 0; position < plan.order.size(); ++position) {
    const Scratch& scratch = plan.scratch[plan.order[position]];
    if (scratch.bytes != 0) {
      rows.push_back({position, position, scratch.offset, scratch.bytes, "(scratch)"});
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.first < b.first; });
  return rows;
}

}  // namespace

double Plan::ratio() const {
  return lower_bound_bytes == 0
             ? 1.0
             : static_cast<double>(arena_bytes) / static_cast<double>(lower_bound_bytes);
}

std::string to_text(const Plan& plan, const Problem& problem) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{:>11} {:>14} {:>14}  {:<24} {}\n", "life", "offset", "bytes", "step",
                 "tensor");
  std::size_t shown = plan.order.size();
  for (const Row& row : rows_of(plan, problem)) {
    const bool new_step = row.first != shown && row.first < plan.order.size();
    shown = row.first;
    fmt::format_to(out, "{:>4} .. {:<4} {:>14} {:>14}  {:<24} {}\n", row.first, row.last,
                   row.offset, row.bytes, new_step ? problem.steps[plan.order[row.first]].name : "",
                   row.what);
  }
  fmt::format_to(out, "arena {} bytes, lower bound {} bytes, ratio {:.4f}; order: {}, packer: {}\n",
                 plan.arena_bytes, plan.lower_bound_bytes, plan.ratio(), plan.order_name,
                 plan.packer_name);
  return text;
}

}  // namespace weir::plan
