#include "doctor/memory_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "doctor/timeline.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr std::size_t kColumns = 60;
constexpr std::size_t kRows = 10;
constexpr std::size_t kMargin = 10;

/// The chart's vertical axis does not begin at zero: growth of a few percent must be seen.
struct Range {
  double low;
  double high;

  std::size_t row(double bytes) const {
    const double part = (bytes - low) / (high - low) * static_cast<double>(kRows);
    return static_cast<std::size_t>(std::clamp(part, 0.0, static_cast<double>(kRows)));
  }
};

Range range_of(const Diagnosis& diagnosis) {
  const auto [low, high] = std::ranges::minmax(diagnosis.resident, {}, &GrowthSample::bytes);
  const double span = std::max(high.bytes - low.bytes, high.bytes / 50);
  return {std::max(0.0, low.bytes - span / 4), high.bytes};
}

/// One column: how high each layer reaches, from the floor up.
std::string column(const Diagnosis& diagnosis, const Range& range, double step) {
  const double bytes = sample_at(diagnosis.resident, step).bytes;
  const double base = std::min(diagnosis.resident.front().bytes, bytes);
  std::string cells(range.row(bytes), '.');
  double top = base;
  std::fill_n(cells.begin(), std::min(cells.size(), range.row(base)), '#');
  char mark = 'a';
  for (const Finding& finding : diagnosis.findings) {
    const std::size_t from = std::min(cells.size(), range.row(top));
    top += finding.share * (bytes - base);
    const std::size_t to = std::min(cells.size(), range.row(top));
    std::fill(cells.begin() + static_cast<std::ptrdiff_t>(from),
              cells.begin() + static_cast<std::ptrdiff_t>(to), mark++);
  }
  return cells;
}

std::string legend(const Diagnosis& diagnosis) {
  std::string text = "  # at the first step";
  char mark = 'a';
  for (const Finding& finding : diagnosis.findings) {
    text += fmt::format("   {} {} {:.0f} %", mark++, to_string(finding.cause), 100 * finding.share);
  }
  return text + fmt::format("   . unexplained {:.0f} %\n", 100 * diagnosis.unexplained_share);
}

}  // namespace

std::string memory_chart(const Diagnosis& diagnosis) {
  if (diagnosis.resident.size() < 2) return {};
  const Range range = range_of(diagnosis);
  const double first = diagnosis.resident.front().step;
  const double last = diagnosis.resident.back().step;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const double part = static_cast<double>(i) / (kColumns - 1);
    columns.push_back(column(diagnosis, range, first + part * (last - first)));
  }
  std::string text;
  for (std::size_t row = kRows; row-- > 0;) {
    const std::string label = row == kRows - 1 ? bytes_text(range.high)
                              : row == 0       ? bytes_text(range.low)
                                               : std::string();
    std::string line;
    for (const std::string& cells : columns) line += row < cells.size() ? cells[row] : ' ';
    line.erase(line.find_last_not_of(' ') + 1);
    text += fmt::format("{:>{}} |{}\n", label, kMargin, line);
  }
  text += fmt::format("{:>{}} +{}\n", "", kMargin, std::string(kColumns, '-'));
  text += fmt::format("{:>{}}  {:.0f} to {:.0f} {}s\n", "", kMargin, first, last,
                      to_string(diagnosis.unit));
  return text + legend(diagnosis);
}

}  // namespace weir::doctor
