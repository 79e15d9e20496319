#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/format_bytes.h"
#include "base/process_memory.h"

namespace weir::app {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::size_t kBarWidth = 24;

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(seconds, 0.0) + 0.5);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

bool Progress::wanted(const std::string& mode) {
  return mode == "always" || (mode == "auto" && isatty(STDERR_FILENO) == 1);
}

Progress::Progress(std::optional<std::uint64_t> total, std::uint64_t planned_peak)
    : total_(total), planned_peak_(planned_peak) {}

void Progress::update(std::uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (now - last_drawn_ < kRedraw) return;
  last_drawn_ = now;
  draw(done);
}

void Progress::finish(std::uint64_t done) {
  draw(done);
  fmt::print(stderr, "\n");
}

void Progress::draw(std::uint64_t done) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line;
  if (total_.has_value()) {
    const double share =
        *total_ == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(*total_);
    line = fmt::format("{} {}/{}  {:.0f}%", bar(share), done, *total_, 100 * share);
  } else {
    line = fmt::format("{} rows", done);
  }
  line += fmt::format("  {:.0f} rows/s", rate);
  if (total_.has_value() && rate > 0) {
    line += fmt::format("  ETA {}", clock_text(static_cast<double>(*total_ - done) / rate));
  }
  line += fmt::format("  memory {} of {} planned", format_bytes(resident_bytes()),
                      format_bytes(planned_peak_));
  // Return to the start of the line, and clear what a longer one left.
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
}

}  // namespace weir::app
