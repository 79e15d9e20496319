#include "report/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "profile/rate_text.h"
#include "weir/memory_size.h"

namespace weir::report {
namespace {

using profile::CensusEntry;
using profile::Owner;
using profile::Record;

/// Resident memory by censuses, without predictions that wait for whoever asked for them: their
/// room has its final size, and is filled. Where steps were written more often and there is no such
/// room, by steps.
std::vector<GrowthSample> resident_series(const Record& record) {
  std::vector<GrowthSample> series;
  bool has_outputs = false;
  for (const CensusEntry& census : record.censuses) {
    const std::uint64_t outputs = profile::at(census.owners, Owner::kOutputs);
    has_outputs = has_outputs || outputs > 0;
    series.push_back(
        {static_cast<double>(census.step), static_cast<double>(census.resident - outputs)});
  }
  if (has_outputs || record.steps.size() < record.censuses.size()) return series;
  series.clear();
  for (const profile::Step& step : record.steps) {
    series.push_back(
        {static_cast<double>(step.entry.step), static_cast<double>(step.entry.resident)});
  }
  return series;
}

/// The limit of the record's sessions; the machine's memory where there is none.
std::optional<double> limit_of(const Record& record) {
  std::optional<double> limit;
  for (const profile::SessionInfo& session : record.sessions) {
    const std::uint64_t bytes = session.memory_limit.value_or(session.machine.memory_bytes);
    if (bytes > 0) limit = std::min(limit.value_or(1e300), static_cast<double>(bytes));
  }
  return limit;
}

struct Suspect {
  std::string name;
  double bytes_per_step = 0;
};

std::string owner_text(const Record& record, Owner owner) {
  if (!record.streams.empty()) {
    if (owner == Owner::kSource) {
      return fmt::format("the source ({})", record.streams.back().source);
    }
    if (owner == Owner::kSink) {
      return fmt::format("sink and callbacks ({})", record.streams.back().sink);
    }
  }
  return std::string(profile::name_of(owner));
}

/// The one with the most of the growth, or nothing where nobody's series grows.
std::optional<Suspect> find_holder(const Record& record, const std::vector<Retention>& retentions) {
  std::optional<Suspect> most;
  const auto consider = [&](const std::string& name, const Growth& growth) {
    if (!growth.grows()) return;
    if (!most || growth.bytes_per_step > most->bytes_per_step) {
      most = Suspect{name, growth.bytes_per_step};
    }
  };
  for (const Retention& retention : retentions) consider(retention.holder, retention.growth);
  for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
    const auto owner = static_cast<Owner>(i);
    // Those have names of their own; these are no growth.
    if (owner == Owner::kRetained || owner == Owner::kOutputs) continue;
    consider(owner_text(record, owner), judge_growth(owner_series(record, owner)));
  }
  return most;
}

std::string time_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86400);
}

std::string sentence_of(const Record& record, const Verdict& verdict) {
  const Growth& growth = verdict.growth;
  if (growth.kind == GrowthKind::kUnknown) {
    return fmt::format("Too few samples to tell whether memory grows: {} steps were recorded.",
                       record.steps.size());
  }
  const int percent = static_cast<int>(std::lround(growth.confidence * 100));
  if (!growth.grows()) {
    const std::uint64_t resident = record.censuses.empty() ? 0 : record.censuses.back().resident;
    return fmt::format(
        "Memory is level at {}: less than {} a step with {} % confidence, over {} steps.",
        format_bytes(resident), profile::rate_text(growth.bound()), percent, record.steps_done());
  }
  std::string sentence =
      fmt::format("Memory grows by {} a step (between {} and {} with {} % confidence)",
                  profile::rate_text(growth.bytes_per_step), profile::rate_text(growth.low),
                  profile::rate_text(growth.high), percent);
  if (verdict.holder) {
    sentence += fmt::format(", held by {} ({:.0f} % of it)", *verdict.holder,
                            100 * std::min(verdict.holder_share, 1.0));
  }
  if (growth.steps_to_limit && verdict.seconds_to_limit) {
    sentence += fmt::format("; at this rate the limit of {} is reached in {:.0f} steps ({})",
                            format_bytes(static_cast<std::uint64_t>(*limit_of(record))),
                            *growth.steps_to_limit, time_text(*verdict.seconds_to_limit));
  }
  return sentence + ".";
}

}  // namespace

std::vector<Retention> retentions_of(const Record& record) {
  std::map<std::uint32_t, Retention> by_holder;
  for (const profile::RetainedEntry& entry : record.retained) {
    Retention& retention = by_holder[entry.holder];
    retention.outputs = entry.outputs;
    retention.bytes = entry.bytes;
    retention.series.push_back({static_cast<double>(entry.step), static_cast<double>(entry.bytes)});
  }
  std::vector<Retention> retentions;
  for (auto& [number, retention] : by_holder) {
    const auto name = record.holders.find(number);
    retention.holder = name == record.holders.end() ? "unknown" : name->second;
    retention.growth = judge_growth(retention.series);
    retentions.push_back(std::move(retention));
  }
  std::ranges::sort(retentions, std::greater{}, &Retention::bytes);
  return retentions;
}

std::vector<GrowthSample> owner_series(const Record& record, Owner owner) {
  std::vector<GrowthSample> series;
  for (const CensusEntry& census : record.censuses) {
    series.push_back(
        {static_cast<double>(census.step), static_cast<double>(profile::at(census.owners, owner))});
  }
  return series;
}

Verdict judge(const Record& record) {
  Verdict verdict;
  verdict.growth =
      judge_growth(resident_series(record), GrowthOptions{.limit_bytes = limit_of(record)});
  if (verdict.growth.grows()) {
    const std::optional<Suspect> holder = find_holder(record, retentions_of(record));
    if (holder) {
      verdict.holder = holder->name;
      verdict.holder_share = holder->bytes_per_step / verdict.growth.bytes_per_step;
    }
    const auto steps = static_cast<double>(record.steps_done());
    if (verdict.growth.steps_to_limit && steps > 0) {
      verdict.seconds_to_limit = *verdict.growth.steps_to_limit * record.length() / steps;
    }
  }
  verdict.sentence = sentence_of(record, verdict);
  return verdict;
}

}  // namespace weir::report
