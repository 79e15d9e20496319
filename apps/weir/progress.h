#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace weir::app {

/// A line on the terminal that says how far a stream is: rows done and to do, rows a second, time
/// left, memory now and planned. Redrawn at most ten times a second, and cut to the terminal's
/// width. Writes to standard error.
class Progress {
 public:
  /// "auto" (only where standard error is a terminal), "always" or "never".
  static bool wanted(const std::string& mode);

  /// `total` rows, where that is known; `planned_peak` bytes.
  Progress(std::optional<std::uint64_t> total, std::uint64_t planned_peak);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Leaves what was drawn last and starts a new line, for an error that may follow.
  ~Progress();

  void update(std::uint64_t done);
  /// Replaces the line by what it came to.
  void finish(std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const;
  std::string line(std::uint64_t done) const;

  std::optional<std::uint64_t> total_;
  std::uint64_t planned_peak_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_drawn_ = start_;
  bool finished_ = false;
};

}  // namespace weir::app
