#include "report/advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/layers.h"
#include "weir/memory_size.h"

namespace weir::report {
namespace {

using profile::ScheduleInfo;
using profile::SessionInfo;

constexpr std::size_t kNamed = 3;

bool takes_room(const PlannedTensor& tensor) {
  return tensor.storage == "own" || tensor.storage == "scratch";
}

std::string widest_moment(const SessionInfo& session, std::size_t step, std::uint64_t bytes) {
  std::vector<const PlannedTensor*> alive;
  for (const PlannedTensor& tensor : session.tensors) {
    const bool lives = tensor.first_step <= step && step <= tensor.last_step;
    if (lives && takes_room(tensor)) alive.push_back(&tensor);
  }
  std::ranges::sort(alive, std::greater{}, [](const PlannedTensor* t) { return t->bytes; });
  std::string names;
  for (std::size_t i = 0; i < std::min(kNamed, alive.size()); ++i) {
    const bool scratch = alive[i]->storage == "scratch";
    names += fmt::format("{}{} {}{}", i == 0 ? "" : ", ", scratch ? "scratch of" : "",
                         alive[i]->name, fmt::format(" ({})", format_bytes(alive[i]->bytes)));
  }
  return fmt::format("The arena is widest while '{}' runs: {} are alive; the largest: {}.",
                     session.steps[step].layer, format_bytes(bytes), names);
}

/// The cheapest way to a smaller peak: the fastest of the schedules that need less.
const ScheduleInfo* smaller_schedule(const SessionInfo& session) {
  const ScheduleInfo* best = nullptr;
  for (const ScheduleInfo& schedule : session.schedules) {
    if (schedule.peak_bytes >= session.schedule.peak_bytes) continue;
    if (best == nullptr || schedule.rows_per_second > best->rows_per_second) best = &schedule;
  }
  return best;
}

}  // namespace

std::vector<std::string> advice_for(const SessionInfo& session) {
  const std::vector<std::uint64_t> alive = bytes_alive(session);
  if (alive.empty()) return {};
  const auto widest = std::ranges::max_element(alive);
  std::vector<std::string> advice{
      widest_moment(session, static_cast<std::size_t>(widest - alive.begin()), *widest)};
  if (session.arena_bytes > session.lower_bound_bytes) {
    advice.push_back(
        fmt::format("{} of the arena are gaps between tensors; no order or placement needs less "
                    "than {}.",
                    format_bytes(session.arena_bytes - session.lower_bound_bytes),
                    format_bytes(session.lower_bound_bytes)));
  } else {
    advice.emplace_back("The arena is as small as this order of steps allows: there are no gaps.");
  }
  if (const ScheduleInfo* smaller = smaller_schedule(session)) {
    advice.push_back(fmt::format(
        "With --mode {} --micro-batch {} --threads {} the process would need {} less, at an "
        "estimated {:.0f} rows a second.",
        smaller->mode, smaller->micro_batch, smaller->threads,
        format_bytes(session.schedule.peak_bytes - smaller->peak_bytes), smaller->rows_per_second));
  } else {
    advice.emplace_back(
        "Fewer rows at a time are not possible; a --memory-limit lets wide layers run in bands of "
        "rows, and streams weights from the file.");
  }
  return advice;
}

}  // namespace weir::report
