#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "doctor/tracer/lock.h"
#include "doctor/tracer/modules.h"
#include "doctor/tracer/pages.h"
#include "doctor/tracer/python_locations.h"
#include "doctor/tracer/python_stack.h"
#include "doctor/tracer/text_pool.h"

namespace weir::tracer {

inline constexpr std::size_t kMostNativeFrames = 40;
inline constexpr std::size_t kMostPythonFrames = 24;

/// Where an allocation comes from, as it was found.
struct Stack {
  std::span<const std::uintptr_t> native;
  std::span<const PythonFrame> python;
  std::uint32_t thread_name = 0;
  bool is_mapping = false;
};

/// An address in terms of its module, which may be gone when it is written.
struct CodeAddress {
  std::uint64_t module : 16;
  std::uint64_t offset : 48;
};

/// What every allocation needs of its site. Apart from the stacks, so that in exact mode these stay
/// in the cache.
struct SiteBooks {
  std::uint64_t key = 0;  ///< A hash of the stack, taken for the stack itself.
  std::uint32_t next : 31 = 0;
  std::uint32_t is_recent : 1 = 0;  ///< Met since the last time that places were looked for here.
  std::atomic<std::uint32_t> live{0};  ///< Sampled live allocations, and threads about to add one.
  std::atomic<std::uint64_t> allocated{0};  ///< Bytes so far, an estimate.
};

struct Site {
  std::uint32_t thread_name = 0;
  std::uint8_t native_count = 0;
  std::uint8_t python_count = 0;
  bool is_mapping = false;
  std::array<CodeAddress, kMostNativeFrames> native;
  std::array<std::uint32_t, kMostPythonFrames> python;
};

/// Every distinct stack, in a limited number of places. When they are all taken, sites of which
/// nothing is alive and that were not met lately give theirs up ("second chance"). Site 0 stands
/// for all without a place.
class Sites {
 public:
  static constexpr std::uint32_t kMost = 131072;
  static constexpr std::uint32_t kOther = 0;

  Sites(Modules& modules, PythonLocations& locations, TextPool& texts)
      : modules_(modules), locations_(locations), texts_(texts) {}

  /// How many places there are: all of them take 60 MiB.
  void start(std::uint32_t limit) { limit_ = limit; }

  /// The site stays where it is until it is released.
  std::uint32_t acquire(const Stack& stack);
  void release(std::uint32_t id) { count_live(id, -1); }
  void count_live(std::uint32_t id, int sign) {
    books_[id].live.fetch_add(static_cast<std::uint32_t>(sign), std::memory_order_relaxed);
  }
  void count_allocated(std::uint32_t id, std::uint64_t bytes) {
    books_[id].allocated.fetch_add(bytes, std::memory_order_relaxed);
  }
  std::uint32_t thread_name_id(std::string_view name);

  /// To be read with `lock()` held.
  const Site& operator[](std::uint32_t id) const { return sites_[id]; }
  std::uint64_t allocated(std::uint32_t id) const {
    return books_[id].allocated.load(std::memory_order_relaxed);
  }
  const PythonLocation& location(std::uint32_t id) const { return locations_[id]; }
  std::uint32_t size() const { return used_; }
  std::string_view text(std::uint32_t id) const { return texts_[id]; }
  Lock& lock() { return lock_; }
  bool is_mapped() const { return sites_.is_mapped() && books_.is_mapped() && chains_.is_mapped(); }

 private:
  std::uint32_t find(std::uint64_t key) const;
  std::uint32_t take_place();
  void unlink(std::uint32_t id);
  void fill(Site& site, const Stack& stack);

  Modules& modules_;
  PythonLocations& locations_;
  TextPool& texts_;
  Table<Site, kMost> sites_;
  Table<SiteBooks, kMost> books_;
  Table<std::uint32_t, kMost> chains_;  ///< The first site of each hash, 0 for none.
  std::uint32_t limit_ = kMost;
  std::uint32_t used_ = 1;
  std::uint32_t hand_ = 0;
  Lock lock_;
};

}  // namespace weir::tracer
