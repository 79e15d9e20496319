#include "report/top_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "report/layers.h"
#include "report/verdict.h"
#include "weir/memory_size.h"

namespace weir::report {
namespace {

using profile::Record;

constexpr std::size_t kLayers = 8;
constexpr std::size_t kSparks = 40;

/// A course as blocks of eight heights, from 0 to its largest value.
std::string sparkline(const std::vector<double>& values) {
  constexpr std::array kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double most = values.empty() ? 0 : *std::ranges::max_element(values);
  std::string line;
  for (const double value : values) {
    const double height = most > 0 ? value / most * (kBlocks.size() - 1) : 0;
    line += kBlocks[static_cast<std::size_t>(height + 0.5)];
  }
  return line;
}

/// The last values of an owner, evenly over all that the record has.
std::vector<double> course(const Record& record, std::size_t owner) {
  std::vector<double> values;
  const std::size_t count = record.censuses.size();
  const std::size_t wanted = std::min(kSparks, count);
  for (std::size_t i = 0; i < wanted; ++i) {
    const profile::CensusEntry& census = record.censuses[(i + 1) * count / wanted - 1];
    values.push_back(static_cast<double>(census.owners[owner]));
  }
  return values;
}

class Screen {
 public:
  explicit Screen(std::size_t columns) : columns_(columns) {}

  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
    // Names are cut, not wrapped: the screen is redrawn from its top. A character of several bytes
    // is not cut in two.
    std::size_t shown = 0;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
      const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
      if (begins && ++shown > columns_) break;
    }
    text_ += text.substr(0, end) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::size_t columns_;
  std::string text_;
};

void add_speed(const Record& record, Screen& screen) {
  if (record.steps.size() < 2) return;
  const profile::StepEntry& first = record.steps.front().entry;
  const profile::StepEntry& last = record.steps.back().entry;
  const double seconds = static_cast<double>(last.time - first.time) * 1e-9;
  const auto steps = static_cast<double>(last.step - first.step);
  // Steps that were not written had as many rows as those that were.
  double rows = 0;
  for (const profile::Step& step : record.steps) rows += static_cast<double>(step.entry.rows);
  const double rows_per_step = rows / static_cast<double>(record.steps.size());
  if (seconds <= 0) return;
  screen.line("steps {}   {:.1f} steps/s   {:.0f} rows/s   queue {}", record.steps_done(),
              steps / seconds, rows_per_step * steps / seconds, last.queue_depth);
}

void add_owners(const Record& record, Screen& screen) {
  if (record.censuses.empty()) return;
  const profile::CensusEntry& last = record.censuses.back();
  screen.line("");
  screen.line("{:>10}  resident", format_bytes(last.resident));
  for (std::size_t i = 0; i < profile::kOwnerCount; ++i) {
    const std::vector<double> values = course(record, i);
    if (*std::ranges::max_element(values) == 0) continue;
    screen.line("{:>10}  {:<30} {}", format_bytes(last.owners[i]),
                profile::name_of(static_cast<profile::Owner>(i)), sparkline(values));
  }
}

void add_layers(const Record& record, Screen& screen) {
  const auto& [costs, total] = slowest_layers(record);
  if (total <= 0) return;
  screen.line("");
  screen.line("slowest layers");
  for (std::size_t i = 0; i < std::min(kLayers, costs.size()); ++i) {
    screen.line("{:9.1f} %  {:>8.0f} us  {} ({})", 100 * costs[i].total / total,
                1e6 * costs[i].median, costs[i].name, costs[i].kind);
  }
}

}  // namespace

std::string to_top_text(const Record& record, std::uint32_t process, std::size_t columns) {
  Screen screen(columns);
  const profile::SessionInfo* session = main_session(record);
  if (session == nullptr) {
    screen.line("process {}: no session yet", process);
    return screen.take();
  }
  screen.line("{}  process {}  {} threads, micro-batch {}, {}", session->model, process,
              session->schedule.threads, session->schedule.micro_batch, session->schedule.mode);
  add_speed(record, screen);
  screen.line("{}", judge(record).sentence);
  add_owners(record, screen);
  add_layers(record, screen);
  return screen.take();
}

}  // namespace weir::report
