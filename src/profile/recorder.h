#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profile/census.h"
#include "profile/counters.h"
#include "profile/record_writer.h"
#include "profile/schedule_info.h"

namespace weir::profile {

/// A step as the one who ran it saw it.
struct StepMeasure {
  std::uint32_t session = 0;
  std::chrono::steady_clock::time_point begin;
  std::uint64_t rows = 0;
  /// Of each step of the plan, in its order; empty unless `wants_times` said so at the beginning.
  std::span<const std::uint64_t> nanoseconds;
};

/// The one seam through which sessions, streams and bindings tell what they do. Steps that come
/// faster than the record can take are counted and not written: a record of a day stays within
/// some hundred megabytes. Thread-safe.
class Recorder {
 public:
  using Clock = std::chrono::steady_clock;

  /// Begins a record at `path`. Throws kIo or kNotFound.
  explicit Recorder(const std::filesystem::path& path);
  ~Recorder();

  /// Announces a session; `description` is JSON, `planned_peak` in bytes. Its number goes into the
  /// steps.
  std::uint32_t add_session(std::string_view description, std::uint64_t planned_peak);

  /// Announces a stream: the classes of its source and its sink.
  void add_stream(std::string_view source, std::string_view sink);

  /// What was measured of a schedule beside the run.
  void add_measured(const ScheduleInfo& schedule);

  /// Whether the step that begins now is to be written, and so to be timed.
  bool wants_times() const;
  /// Whether it is time for a census; asked after a step.
  bool wants_census() const;

  /// A step has ended.
  void step(const StepMeasure& measure);

  /// Memory that a session owns now, instead of what it had before. Empty when it is gone.
  void set_ranges(std::uint32_t session, std::vector<NamedRange> ranges);
  /// Memory with a name until it is taken back; of streams and bindings.
  void add_range(const NamedRange& range);
  void remove_range(const NamedRange& range);

  /// Heap that source or sink took (or gave back) while it was called.
  void heap_changed(Owner owner, std::int64_t bytes);
  void set_queue_depth(std::size_t batches) { queue_depth_ = static_cast<std::uint32_t>(batches); }
  /// What a holder has kept so far, all together, on the heap.
  void retained(std::string_view holder, std::uint64_t outputs, std::uint64_t bytes);

  /// Writes what is resident now, and whose it is.
  void take_census();

  /// Ends the record with a last census. What comes later is not written.
  void finish();

  /// Of the whole run so far.
  Counters counters() const;

 private:
  struct Holder {
    std::uint32_t number = 0;
    std::uint64_t outputs = 0;
    std::uint64_t bytes = 0;
  };

  std::uint64_t now() const;
  void write_run();
  void write_text(EntryKind kind, std::string_view text);
  template <typename Entry>
  void write(EntryKind kind, const Entry& entry, std::span<const std::byte> rest = {});
  void write_step(const StepMeasure& measure, Clock::time_point end);
  void write_census();
  std::uint32_t holder_number(std::string_view name);
  HeapShares heap_shares() const;

  const Clock::time_point start_ = Clock::now();
  std::atomic<std::int64_t> next_step_{0};  ///< Nanoseconds since the start; see `wants_times`.
  std::atomic<std::int64_t> next_census_{0};
  std::atomic<std::uint32_t> queue_depth_{0};

  mutable std::mutex mutex_;  ///< Of all that follows.
  RecordWriter writer_;
  bool finished_ = false;
  std::int64_t distance_ = 0;  ///< Nanoseconds between two written steps, at least.
  std::uint64_t size_mark_;    ///< Where the distance is doubled next.
  std::uint32_t sessions_ = 0;
  std::map<std::uint32_t, std::vector<NamedRange>> session_ranges_;
  std::vector<NamedRange> ranges_;
  std::vector<NamedRange> all_ranges_;  ///< Of one census; kept to allocate nothing.
  std::vector<float> seconds_;          ///< Of one step; kept as well.
  std::map<std::string, Holder, std::less<>> holders_;
  std::array<std::int64_t, kOwnerCount> heap_changes_{};
  Counters counters_;
};

}  // namespace weir::profile
