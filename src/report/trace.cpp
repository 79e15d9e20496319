#include "report/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/layers.h"

namespace weir::report {
namespace {

using Json = nlohmann::json;
using profile::Record;
using profile::Step;

constexpr std::size_t kMostSlices = 200'000;

double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-3; }

Json slice(const std::string& name, double begin, double duration, std::uint32_t session) {
  return {{"name", name},    {"ph", "X"}, {"ts", begin},
          {"dur", duration}, {"pid", 1},  {"tid", session + 1}};
}

/// A step, and its layers one after the other from its beginning: the record has their lengths.
void add_step(const Record& record, const Step& step, Json& events) {
  const profile::StepEntry& entry = step.entry;
  double begin = microseconds(entry.time - std::min(entry.duration, entry.time));
  Json whole =
      slice(fmt::format("step {}", entry.step), begin, microseconds(entry.duration), entry.session);
  whole["args"] = {{"rows", entry.rows}, {"resident", entry.resident}};
  events.push_back(std::move(whole));
  const std::span<const float> times = record.times(step);
  // In throughput mode the lengths are sums over threads: shown as shares of the step.
  double sum = 0;
  for (const float time : times) sum += 1e6 * static_cast<double>(time);
  const double scale = sum > 0 ? std::min(1.0, microseconds(entry.duration) / sum) : 1.0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double length = 1e6 * static_cast<double>(times[i]) * scale;
    events.push_back(
        slice(record.sessions[entry.session].steps[i].layer, begin, length, entry.session));
    begin += length;
  }
}

void add_counters(const profile::CensusEntry& census, Json& events) {
  Json owners = Json::object();
  for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
    owners[std::string(profile::name_of(static_cast<profile::Owner>(i)))] = census.owners[i];
  }
  events.push_back({{"name", "memory by owner"},
                    {"ph", "C"},
                    {"ts", microseconds(census.time)},
                    {"pid", 1},
                    {"args", std::move(owners)}});
}

}  // namespace

std::string to_trace(const Record& record) {
  Json events = Json::array();
  for (std::size_t i = 0; i < record.sessions.size(); ++i) {
    events.push_back({{"name", "thread_name"},
                      {"ph", "M"},
                      {"pid", 1},
                      {"tid", i + 1},
                      {"args", {{"name", record.sessions[i].model}}}});
  }
  const std::size_t every = record.seconds.size() / kMostSlices + 1;
  for (std::size_t i = 0; i < record.steps.size(); i += every) {
    add_step(record, record.steps[i], events);
    events.push_back({{"name", "queue"},
                      {"ph", "C"},
                      {"ts", microseconds(record.steps[i].entry.time)},
                      {"pid", 1},
                      {"args", {{"batches", record.steps[i].entry.queue_depth}}}});
  }
  for (const profile::CensusEntry& census : record.censuses) add_counters(census, events);
  const Json trace{{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}};
  return trace.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_folded(const Record& record) {
  const profile::SessionInfo* session = main_session(record);
  std::string text;
  for (const LayerCost& cost : layer_costs(record)) {
    std::string stack = fmt::format("{};{};{}", session->model, cost.name, cost.kind);
    std::ranges::replace(stack, '\n', ' ');
    text += fmt::format("{} {}\n", stack, std::llround(1e6 * cost.total));
  }
  return text;
}

}  // namespace weir::report
