#include "report/profile_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/advice.h"
#include "report/base64.h"
#include "report/layers.h"
#include "report/verdict.h"

namespace weir::report {
namespace {

using Json = nlohmann::json;
using profile::CensusEntry;
using profile::Record;
using profile::SessionInfo;
using profile::Step;

constexpr std::size_t kMostSamples = 10'000;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json verdict_json(const Verdict& verdict) {
  const Growth& growth = verdict.growth;
  const bool known = growth.kind != GrowthKind::kUnknown;
  return {{"kind", growth.grows() ? "growth" : to_string(growth.kind)},
          {"shape", to_string(growth.kind)},
          {"sentence", verdict.sentence},
          {"holder", or_null(verdict.holder)},
          {"holder_share", verdict.holder_share},
          {"bytes_per_step", known ? growth.bytes_per_step : 0.0},
          {"low", growth.low},
          {"high", growth.high},
          {"confidence", growth.confidence},
          {"steps_to_limit", or_null(growth.steps_to_limit)},
          {"seconds_to_limit", or_null(verdict.seconds_to_limit)}};
}

std::uint64_t rows_of(const Record& record) {
  if (record.end) return record.end->rows;
  std::uint64_t rows = 0;
  for (const Step& step : record.steps) rows += step.entry.rows;
  return rows;
}

Json run_json(const Record& record, const SessionInfo& session) {
  return {{"started", record.run.started},
          {"process", record.run.process},
          {"host", record.run.host},
          {"seconds", record.length()},
          {"steps", record.steps_done()},
          {"recorded_steps", record.steps.size()},
          {"rows", rows_of(record)},
          {"finished", record.end.has_value()},
          {"batch_size", session.batch_size},
          {"micro_batch", session.schedule.micro_batch},
          {"threads", session.schedule.threads},
          {"mode", session.schedule.mode},
          {"memory_limit", or_null(session.memory_limit)}};
}

Json machine_json(const profile::MachineInfo& machine) {
  return {{"processor", machine.processor},
          {"isa", machine.isa},
          {"cores", machine.cores},
          {"memory_bytes", machine.memory_bytes},
          {"peak_flops", machine.peak_flops > 0 ? Json(machine.peak_flops) : Json()}};
}

Json owners_json(const Record& record) {
  Json owners = Json::array();
  for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
    std::uint64_t peak = 0;
    for (const CensusEntry& census : record.censuses) {
      peak = std::max(peak, census.owners[i]);
    }
    const auto owner = static_cast<profile::Owner>(i);
    const Growth growth = judge_growth(owner_series(record, owner));
    owners.push_back({{"name", profile::name_of(owner)},
                      {"kind", profile::kind_of(owner)},
                      {"bytes", record.censuses.empty() ? 0 : record.censuses.back().owners[i]},
                      {"peak_bytes", peak},
                      {"bytes_per_step", growth.grows() ? growth.bytes_per_step : 0.0}});
  }
  return owners;
}

/// Recorded steps that are shown, all of the main session's.
std::vector<const Step*> samples_of(const Record& record) {
  const std::uint32_t session = main_session_number(record);
  const std::size_t every = (record.steps.size() + kMostSamples - 1) / kMostSamples;
  std::vector<const Step*> samples;
  for (std::size_t i = 0; i < record.steps.size(); i += std::max<std::size_t>(every, 1)) {
    if (record.steps[i].entry.session == session) samples.push_back(&record.steps[i]);
  }
  return samples;
}

/// The last census that was over when the step ended; the first one where there is none.
const CensusEntry& census_at(const Record& record, std::uint64_t time) {
  const auto after =
      std::ranges::upper_bound(record.censuses, time, std::less{}, &CensusEntry::time);
  return after == record.censuses.begin() ? *after : *(after - 1);
}

Json series_json(const Record& record, const std::vector<const Step*>& samples) {
  Json series{{"step", Json::array()},
              {"time", Json::array()},
              {"step_seconds", Json::array()},
              {"rows", Json::array()},
              {"resident", Json::array()},
              {"proportional", Json::array()},
              {"anonymous", Json::array()},
              {"queue_depth", Json::array()},
              {"owners", Json(profile::kOwnerCount, Json::array())}};
  if (record.censuses.empty()) return series;
  for (const Step* step : samples) {
    const profile::StepEntry& entry = step->entry;
    const CensusEntry& census = census_at(record, entry.time);
    series["step"].push_back(entry.step);
    series["time"].push_back(static_cast<double>(entry.time) * 1e-9);
    series["step_seconds"].push_back(static_cast<double>(entry.duration) * 1e-9);
    series["rows"].push_back(entry.rows);
    series["resident"].push_back(census.resident);
    series["proportional"].push_back(census.proportional);
    series["anonymous"].push_back(census.anonymous);
    series["queue_depth"].push_back(entry.queue_depth);
    for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
      series["owners"][i].push_back(census.owners[i]);
    }
  }
  return series;
}

Json layers_json(const Record& record) {
  Json layers = Json::array();
  for (const LayerCost& cost : layer_costs(record)) {
    layers.push_back({{"name", cost.name},
                      {"class", cost.class_name},
                      {"kind", cost.kind},
                      {"calls", cost.calls},
                      {"seconds",
                       {{"total", cost.total},
                        {"minimum", cost.minimum},
                        {"median", cost.median},
                        {"maximum", cost.maximum}}},
                      {"multiply_adds", cost.multiply_adds},
                      {"bytes_made", cost.bytes_made},
                      {"bytes_read", cost.bytes_read},
                      {"bytes_alive", cost.bytes_alive},
                      {"peak_share", cost.peak_share > 0 ? Json(cost.peak_share) : Json()}});
  }
  return layers;
}

Json layer_seconds_json(const Record& record, const std::vector<const Step*>& samples) {
  std::vector<float> all;
  for (const Step* step : samples) {
    const std::span<const float> times = record.times(*step);
    all.insert(all.end(), times.begin(), times.end());
  }
  const std::size_t layers = samples.empty() ? 0 : samples.front()->count;
  return {{"encoding", "float32-base64"},
          {"shape", {samples.size(), layers}},
          {"data", to_base64(std::as_bytes(std::span(all)))}};
}

Json arena_json(const SessionInfo& session) {
  Json steps = Json::array();
  for (const profile::StepInfo& step : session.steps) steps.push_back(step.layer);
  Json tensors = Json::array();
  for (const PlannedTensor& tensor : session.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"storage", tensor.storage},
                       {"offset", tensor.offset},
                       {"bytes", tensor.bytes},
                       {"first_step", tensor.first_step},
                       {"last_step", tensor.last_step}});
  }
  const std::vector<std::uint64_t> alive = bytes_alive(session);
  return {{"bytes", session.arena_bytes / std::max<std::uint64_t>(session.arena_slices, 1)},
          {"lower_bound_bytes",
           session.lower_bound_bytes / std::max<std::uint64_t>(session.arena_slices, 1)},
          {"slices", session.arena_slices},
          {"widest_step", std::ranges::max_element(alive) - alive.begin()},
          {"steps", std::move(steps)},
          {"tensors", std::move(tensors)},
          {"advice", advice_for(session)}};
}

/// The run itself, as one more schedule: what it took, and how fast it was.
profile::ScheduleInfo measured_run(const Record& record, const SessionInfo& session) {
  profile::ScheduleInfo schedule = session.schedule;
  schedule.peak_bytes = 0;
  for (const CensusEntry& census : record.censuses) {
    schedule.peak_bytes = std::max(schedule.peak_bytes, census.resident);
  }
  double rows = 0;
  double seconds = 0;
  for (const Step& step : record.steps) {
    rows += static_cast<double>(step.entry.rows);
    seconds += static_cast<double>(step.entry.duration) * 1e-9;
  }
  schedule.rows_per_second = seconds > 0 ? rows / seconds : 0;
  return schedule;
}

Json explorer_json(const Record& record, const SessionInfo& session) {
  Json predicted = Json::array();
  std::optional<std::uint64_t> smallest;
  for (const profile::ScheduleInfo& schedule : session.schedules) {
    predicted.push_back(to_json(schedule));
    smallest = std::min(smallest.value_or(UINT64_MAX), schedule.peak_bytes);
  }
  Json measured = Json::array({to_json(measured_run(record, session))});
  for (const profile::ScheduleInfo& schedule : record.measured) {
    measured.push_back(to_json(schedule));
  }
  return {{"predicted", std::move(predicted)},
          {"measured", std::move(measured)},
          {"smallest_limit", or_null(smallest)}};
}

Json retained_json(const Record& record) {
  Json all = Json::array();
  for (const Retention& retention : retentions_of(record)) {
    Json steps = Json::array();
    Json bytes = Json::array();
    const std::size_t every = retention.series.size() / kMostSamples + 1;
    for (std::size_t i = 0; i < retention.series.size(); i += every) {
      steps.push_back(retention.series[i].step);
      bytes.push_back(retention.series[i].bytes);
    }
    all.push_back({{"holder", retention.holder},
                   {"outputs", retention.outputs},
                   {"bytes", retention.bytes},
                   {"bytes_per_step", retention.growth.bytes_per_step},
                   {"low", retention.growth.low},
                   {"high", retention.growth.high},
                   {"series", {{"step", std::move(steps)}, {"bytes", std::move(bytes)}}}});
  }
  return all;
}

std::uint64_t named_bytes(const CensusEntry& census) {
  return census.resident - profile::at(census.owners, profile::Owner::kUnnamed);
}

}  // namespace

Json to_json(const Record& record, bool layer_seconds) {
  const SessionInfo* found = main_session(record);
  const SessionInfo session = found == nullptr ? SessionInfo{} : *found;
  const std::vector<const Step*> samples = samples_of(record);
  const bool has_census = !record.censuses.empty();
  return {{"format", "weir-profile"},
          {"version", 1},
          {"verdict", verdict_json(judge(record))},
          {"run", run_json(record, session)},
          {"machine", machine_json(session.machine)},
          {"model",
           {{"name", session.model},
            {"file", session.file},
            {"parameters", session.parameters},
            {"weight_bytes", session.weight_bytes}}},
          {"owners", owners_json(record)},
          {"named_bytes", has_census ? named_bytes(record.censuses.back()) : 0},
          {"resident_bytes", has_census ? record.censuses.back().resident : 0},
          {"planned_peak_bytes", session.schedule.peak_bytes},
          {"series", series_json(record, samples)},
          {"layers", layers_json(record)},
          {"layer_seconds", layer_seconds ? layer_seconds_json(record, samples) : Json()},
          {"arena", found == nullptr ? Json() : arena_json(session)},
          {"explorer", found == nullptr ? Json() : explorer_json(record, session)},
          {"retained", retained_json(record)}};
}

}  // namespace weir::report
