#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doctor/suspects.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr double kLeastRate = 0.02;
constexpr double kLeastTraces = 3;
constexpr double kLeastShapes = 0.2;  // A step.
constexpr double kEnough = 0.3;       // Of the growth, in the frameworks' memory.

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

std::vector<Finding> find_shapes(const Case& watched) {
  const double shapes =
      late_rate(watched.timeline.series([](const MemorySample& s) { return s.shapes; }));
  const std::optional<double> traced = traced_in_frameworks(watched);
  const bool by_framework = !traced || *traced >= kEnough * watched.to_explain;
  if (shapes < kLeastShapes || !by_framework || !watched.resident.grows()) return {};
  Finding finding = of_growth(watched, Cause::kRetracing);
  const auto& traces = watched.record.traces;
  finding.place = traces.empty() ? costliest_line(watched.record).first : traces.back().call;
  finding.name = finding.place.function;
  finding.sentence = fmt::format(
      "the rows have a new shape {:.2g} times a {}, and the framework keeps what it makes for "
      "each: "
      "{} a shape",
      shapes, to_string(watched.timeline.unit()), bytes_text(watched.to_explain / shapes));
  return {finding};
}

}  // namespace weir::doctor
