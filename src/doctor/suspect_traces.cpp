#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doctor/suspects.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr double kLeastRate = 0.02;
constexpr double kLeastTraces = 3;

using Group = std::vector<const Trace*>;

/// The traces of the second half, by the line that calls; the largest group.
Group largest_group(const Case& watched) {
  const double half = watched.timeline.last_step() / 2;
  std::map<std::pair<std::string, std::int64_t>, Group> groups;
  for (const Trace& trace : watched.record.traces) {
    if (trace.reason == "first" || watched.timeline.step(trace.moment) < half) continue;
    groups[{trace.call.file, trace.call.line}].push_back(&trace);
  }
  const auto largest =
      std::ranges::max_element(groups, {}, [](const auto& group) { return group.second.size(); });
  return largest == groups.end() ? Group() : largest->second;
}

std::string usual_reason(const Group& group) {
  std::map<std::string, int> counts;
  for (const Trace* trace : group) ++counts[trace->reason];
  return std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; })->first;
}

}  // namespace

std::vector<Finding> find_traces(const Case& watched) {
  const Group group = largest_group(watched);
  if (static_cast<double>(group.size()) < kLeastTraces || watched.traces_per_step < kLeastRate) {
    return {};
  }
  // A model that is new has to be traced: then that it is new is the cause.
  const std::string reason = usual_reason(group);
  const bool of_new_models = watched.models_per_step >= watched.traces_per_step / 2;
  if (of_new_models && (reason == "new function object" || reason == "bound method")) return {};
  const Trace& last = **std::ranges::find(group, reason, &Trace::reason);
  Finding finding;
  finding.cause = Cause::kRetracing;
  finding.place = last.call.known() ? last.call : last.defined;
  finding.name = last.function;
  finding.bytes_per_step = watched.to_explain;
  finding.low = std::min(watched.resident.low, watched.to_explain);
  finding.high = watched.to_explain;
  finding.sentence =
      fmt::format("`{}` is traced {:.2g} times a {} because of a {} ({}), {} a trace",
                  last.function, watched.traces_per_step, to_string(watched.timeline.unit()),
                  reason, last.detail, bytes_text(watched.to_explain / watched.traces_per_step));
  return {finding};
}

}  // namespace weir::doctor
