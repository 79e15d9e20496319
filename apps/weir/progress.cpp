#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/process_memory.h"
#include "terminal.h"
#include "weir/memory_size.h"

namespace weir::app {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::size_t kBarWidth = 20;

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string clock_text(double seconds) {
  const auto whole = std::llround(std::max(seconds, 0.0));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// Goes to the start of the line and clears what a longer one left. A line that fills the terminal
/// would wrap, and could not be drawn over.
void draw(const std::string& line) {
  const std::optional<std::size_t> columns = terminal_columns(STDERR_FILENO);
  fmt::print(stderr, "\r{}\x1b[K", line.substr(0, columns ? *columns - 1 : std::string::npos));
  std::fflush(stderr);
}

double rate(std::uint64_t rows, double seconds) {
  return seconds > 0 ? static_cast<double>(rows) / seconds : 0;
}

}  // namespace

bool Progress::wanted(const std::string& mode) {
  return mode == "always" || (mode == "auto" && isatty(STDERR_FILENO) == 1);
}

Progress::Progress(std::optional<std::uint64_t> total, std::uint64_t planned_peak)
    : total_(total), planned_peak_(planned_peak) {
  draw(line(0));
}

Progress::~Progress() {
  if (!finished_) fmt::print(stderr, "\n");
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::update(std::uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (now - last_drawn_ < kRedraw) return;
  last_drawn_ = now;
  draw(line(done));
}

void Progress::finish(std::uint64_t done) {
  finished_ = true;
  const double taken = seconds();
  draw(fmt::format("{} rows in {:.1f} s  {:.0f} rows/s  peak memory {} of {} planned", done, taken,
                   rate(done, taken), format_bytes(peak_resident_bytes()),
                   format_bytes(planned_peak_)));
  fmt::print(stderr, "\n");
}

std::string Progress::line(std::uint64_t done) const {
  const double speed = rate(done, seconds());
  std::string text;
  if (total_.has_value()) {
    const double share =
        *total_ == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(*total_);
    text = fmt::format("{} {}/{} rows", bar(share), done, *total_);
  } else {
    text = fmt::format("{} rows", done);
  }
  text += fmt::format("  {:.0f} rows/s", speed);
  if (total_.has_value() && speed > 0) {
    text += fmt::format("  ETA {}", clock_text(static_cast<double>(*total_ - done) / speed));
  }
  return text + fmt::format("  {} of {} planned", format_bytes(resident_bytes()),
                            format_bytes(planned_peak_));
}

}  // namespace weir::app
