#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::doctor {

/// The record that the allocation tracer writes, as values: docs/doctor-format.md. Bytes and counts
/// of live allocations are estimates unless the mode is exact; times are milliseconds since 1970.

struct TraceStart {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::string exe;
  bool is_exact = false;
  std::uint64_t sample_bytes = 0;
  std::int64_t time = 0;
};

/// The process at one moment.
struct TraceSample {
  std::int64_t time = 0;
  std::uint64_t step = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t live_count = 0;
  std::uint64_t mapped_live_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  std::uint64_t sample_bytes = 0;
  std::uint64_t resident = 0;
  std::uint64_t anonymous = 0;
  std::uint64_t file = 0;
  std::uint64_t peak_resident = 0;
  std::uint64_t arena_in_use = 0;
  std::uint64_t arena_free = 0;
  std::uint64_t arenas = 0;
  std::uint64_t mmapped = 0;
  std::uint64_t brk = 0;
};

/// A return address in terms of its module's file.
struct NativeFrame {
  std::string module;  ///< Empty: code that belongs to no file.
  std::uint64_t offset = 0;
};

struct PythonLine {
  std::string file;
  std::int64_t line = 0;
  std::string function;
};

/// All live allocations with one stack, at the time of a dump.
struct TraceSite {
  std::uint64_t dump = 0;
  std::uint64_t site = 0;
  bool is_mapping = false;
  std::uint64_t live_bytes = 0;
  std::uint64_t live_count = 0;
  std::uint64_t allocated_bytes = 0;
  std::string thread_name;
  std::vector<NativeFrame> stack;  ///< Innermost first, as the next.
  std::vector<PythonLine> python;
  /// The first step of a bucket, and the bytes made in it that are alive.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> by_step;
};

/// Of the bytes made in steps [made_in[i], made_in[i] + width), alive[i][j] were alive after[j]
/// steps after the last of them.
struct TraceSurvival {
  std::uint64_t step = 0;
  std::uint64_t width = 0;
  std::vector<std::uint64_t> made_in;
  std::vector<std::uint64_t> after;
  std::vector<std::vector<std::uint64_t>> alive;
};

struct TraceTrim {
  std::int64_t time = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

struct TraceRecord {
  TraceStart start;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<TraceSample> samples;
  /// Of the last complete dump, largest first. After a clean exit, of the one before if there is
  /// one: the last was made when Python had freed what its modules held.
  std::vector<TraceSite> sites;
  std::optional<TraceSurvival> survival;  ///< The last.
  std::vector<TraceTrim> trims;
  std::string end_reason;  ///< Empty while the process runs, or if it was killed.
  bool is_cut = false;     ///< The last line is incomplete, and was left out.
};

/// Reads a record that is not trusted. A process that goes on after exec begins a new one in the
/// same file; the last counts. Types of records that are not known are passed over. Throws
/// kMalformed, with the line's number, for a line that is not a record; kLimit above the bounds.
TraceRecord parse_trace_record(std::string_view text);

/// The same of a file. Throws kNotFound or kIo as well.
TraceRecord read_trace_record(const std::filesystem::path& path);

inline constexpr std::size_t kMostTraceBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMostTraceLineBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMostTraceSamples = 1'000'000;

}  // namespace weir::doctor
