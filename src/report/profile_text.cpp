#include "report/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "profile/rate_text.h"
#include "report/layers.h"
#include "report/verdict.h"
#include "weir/memory_size.h"

namespace weir::report {
namespace {

using profile::Record;

constexpr std::size_t kLayers = 12;

template <typename... Arguments>
void add(std::string& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

void add_run(const Record& record, std::string& text) {
  const profile::SessionInfo* session = main_session(record);
  if (session == nullptr) return;
  add(text, "model      {} ({}), {}, {} threads, micro-batch {}\n", session->model, session->file,
      session->schedule.mode, session->schedule.threads, session->schedule.micro_batch);
  add(text, "steps      {} in {:.1f} s, {} of them recorded{}\n", record.steps_done(),
      record.length(), record.steps.size(), record.end ? "" : "; not finished");
}

void add_owners(const Record& record, std::string& text) {
  if (record.censuses.empty()) return;
  const profile::CensusEntry& last = record.censuses.back();
  add(text, "\nresident   {:>12}\n", format_bytes(last.resident));
  for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
    if (last.owners[i] == 0) continue;
    add(text, "  {:>12} {:>4.0f} %  {}\n", format_bytes(last.owners[i]),
        100 * static_cast<double>(last.owners[i]) / static_cast<double>(last.resident),
        profile::name_of(static_cast<profile::Owner>(i)));
  }
}

void add_layers(const Record& record, std::string& text) {
  const auto& [costs, total] = slowest_layers(record);
  if (total <= 0) return;
  add(text, "\n  time    median   of peak  layer\n");
  for (std::size_t i = 0; i < std::min(kLayers, costs.size()); ++i) {
    const LayerCost& cost = costs[i];
    const std::string share =
        cost.peak_share > 0 ? fmt::format("{:.0f} %", 100 * cost.peak_share) : "-";
    add(text, "{:5.1f} % {:>7.0f} us {:>7}   {} ({})\n", 100 * cost.total / total,
        1e6 * cost.median, share, cost.name, cost.kind);
  }
  if (costs.size() > kLayers) add(text, "  and {} more\n", costs.size() - kLayers);
}

void add_retained(const Record& record, std::string& text) {
  const std::vector<Retention> retentions = retentions_of(record);
  if (retentions.empty()) return;
  add(text, "\nkept predictions\n");
  for (const Retention& retention : retentions) {
    add(text, "  {:>12}  {} outputs by {}, {} a step\n", format_bytes(retention.bytes),
        retention.outputs, retention.holder, profile::rate_text(retention.growth.bytes_per_step));
  }
}

}  // namespace

std::string to_text(const Record& record) {
  std::string text = judge(record).sentence + "\n\n";
  add_run(record, text);
  add_owners(record, text);
  add_layers(record, text);
  add_retained(record, text);
  return text;
}

}  // namespace weir::report
