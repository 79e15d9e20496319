#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "doctor/tracer/json_lines.h"
#include "doctor/tracer/live_table.h"
#include "doctor/tracer/lock.h"
#include "doctor/tracer/modules.h"
#include "doctor/tracer/pages.h"
#include "doctor/tracer/process_books.h"
#include "doctor/tracer/sites.h"
#include "doctor/tracer/survival.h"

namespace weir::tracer {

/// Writes the record. No thread of its own: whichever thread of the program has just been sampled,
/// or begins a step, writes what is due. A thread would be seen by the program (in /proc, by
/// Python's warning about forks, by unshare), and there is nothing new to write when nothing is
/// allocated.
///
/// How often it writes follows from how long the program has run, so that the file of a long run is
/// only a little longer, and from what the last writing cost.
class Recorder {
 public:
  Recorder(LiveTable& live, Sites& sites, Modules& modules)
      : live_(live), sites_(sites), modules_(modules) {}

  /// `path` may hold %p. False, and nothing is written, if the file is another process's.
  bool start(std::string_view path);
  /// In a forked child: goes on in a file of its own, if the path leads to one.
  bool start_in_child();

  void count_allocated(std::uint64_t bytes) {
    allocated_.fetch_add(bytes, std::memory_order_relaxed);
  }
  std::uint32_t step() const { return step_.load(std::memory_order_relaxed); }

  void begin_step(std::uint64_t step);
  void write_if_due();
  void snapshot();
  void dump_sites();
  bool trim();
  /// The last records. After it nothing is written.
  void finish(std::string_view reason);
  /// The same, in a signal handler: gives up rather than wait for a lock that the interrupted
  /// thread may hold, and leaves the allocator's books alone.
  void finish_in_signal(std::string_view reason);

  bool is_mapped() const { return totals_.is_mapped() && by_step_.is_mapped(); }
  Lock& lock() { return lock_; }

 private:
  static constexpr std::size_t kTopSites = 200;

  struct SiteTotal {
    double bytes = 0;
    double count = 0;
    std::uint32_t rank = 0;  ///< Among the top sites, from 1 on; 0 for the others.
  };
  using TopSites = std::array<std::uint32_t, kTopSites>;

  bool open_own_file();
  void write_start();
  void write_settings();
  void write_sample();
  void write_sites();
  void write_site(std::uint32_t id, const BytesByStep& by_step);
  void write_new_modules(const Site& site);
  void write_native_stack(const Site& site);
  void write_python_stack(const Site& site);
  void write_survival();
  void write_end(std::string_view reason);

  std::size_t choose_top_sites(TopSites& top);
  void add_up_by_step();
  BytesByStep alive_by_step(const StepBuckets& buckets);

  LiveTable& live_;
  Sites& sites_;
  Modules& modules_;
  std::array<char, 4096> pattern_{};  ///< Of the path.
  JsonLines out_;
  Survival survival_;
  Table<SiteTotal, Sites::kMost> totals_;
  Table<BytesByStep, kTopSites> by_step_;
  std::array<bool, Modules::kMost> is_module_written_{};
  AllocatorBooks books_;
  std::uint64_t arenas_ = 0;
  std::uintptr_t first_break_ = 0;
  std::uint64_t dumps_ = 0;
  std::int64_t started_ = 0;  ///< Nanoseconds, as the next three.
  std::int64_t next_observation_ = 0;
  std::atomic<std::int64_t> next_sample_{INT64_MAX};
  std::int64_t next_dump_ = 0;
  std::atomic<std::uint64_t> allocated_{0};
  std::atomic<std::uint32_t> step_{0};
  bool is_finished_ = false;
  Lock lock_;
};

}  // namespace weir::tracer
