#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "doctor/tracer/live_table.h"
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

/// The lines of a Python stack.
using Locations = std::array<std::uint32_t, kMostPythonFrames>;

/// An address in terms of its module, which may be gone when it is written.
struct CodeAddress {
  std::uint64_t module : 16;
  std::uint64_t offset : 48;
};

struct Site {
  std::uint64_t key = 0;
  std::uint32_t thread_name = 0;
  std::uint8_t native_count = 0;
  std::uint8_t python_count = 0;
  bool is_mapping = false;
  std::array<CodeAddress, kMostNativeFrames> native;
  Locations python;
};

/// Every distinct stack, in a limited number of places. When they are all taken, sites of which
/// little is alive and that were not met lately give theirs up: in exact mode, most of what
/// importing a large library has left behind. Site 0 stands for all without a place.
///
/// In exact mode each allocation asks for its site, so a known one is found without a lock and in
/// one line of the processor's cache, and nothing is counted that the live table knows.
class Sites {
 public:
  static constexpr std::uint32_t kMost = 131072;
  static constexpr std::uint32_t kOther = 0;

  Sites(LiveTable& live, Modules& modules, PythonLocations& locations, TextPool& texts)
      : live_(live), modules_(modules), locations_(locations), texts_(texts) {}

  /// How many places there are: all of them take 60 MiB.
  void start(std::uint32_t limit);

  /// The site of an allocation of so many bytes. It keeps its place when places are looked for the
  /// next time, which is as long as the caller needs to enter it in the live table.
  std::uint32_t note(const Stack& stack, std::uint64_t bytes);
  std::uint32_t thread_name_id(std::string_view name);

  /// To be read with `lock()` held.
  const Site& operator[](std::uint32_t id) const { return sites_[id]; }
  /// Bytes so far, an estimate.
  std::uint64_t allocated(std::uint32_t id) const;
  const PythonLocation& location(std::uint32_t id) const { return locations_[id]; }
  std::uint32_t size() const { return used_; }
  std::string_view text(std::uint32_t id) const { return texts_[id]; }
  Lock& lock() { return lock_; }
  bool is_mapped() const {
    return sites_.is_mapped() && slots_.is_mapped() && unused_.is_mapped() && alive_.is_mapped();
  }

 private:
  /// Of a hash table with linear probing. Its home is in the key's first bits.
  struct Slot {
    std::atomic<std::uint64_t> entry{0};  ///< The key's first bits, kRecent, the site; 0: empty.
    std::atomic<std::uint64_t> allocated{0};
  };
  static constexpr std::uint64_t kSiteBits = kMost - 1;
  static constexpr std::uint64_t kRecent = kMost;  ///< Met since places were looked for.
  static constexpr std::uint64_t kKeyBits = ~(kRecent | kSiteBits);
  static constexpr std::uint64_t kNoKey = 1;  ///< Of a place that was given up.
  static constexpr double kLittle = 64 * 1024;

  const Locations& locate(std::span<const PythonFrame> frames);
  std::uint32_t locate(const PythonFrame& frame);
  std::size_t home(std::uint64_t key) const { return key >> home_shift_; }
  std::size_t after(std::size_t place) const { return (place + 1) & last_slot_; }
  /// The slot of a key, or the empty one where it belongs.
  std::size_t find(std::uint64_t key) const;
  std::size_t enter(std::uint64_t key, const Stack& stack, const Locations& locations);
  std::uint32_t take_place();
  std::uint32_t give_up_places();
  void give_up(std::size_t place);
  void fill(Site& site, const Stack& stack);

  LiveTable& live_;
  Modules& modules_;
  PythonLocations& locations_;
  TextPool& texts_;
  Table<Site, kMost> sites_;
  Table<Slot, std::size_t{2} * kMost> slots_;
  Table<std::uint32_t, kMost> unused_;                 ///< Places that were given up.
  Table<double, kMost> alive_;                         ///< Bytes, when places were looked for last.
  std::atomic<std::uint64_t> allocated_elsewhere_{0};  ///< By site 0.
  std::size_t last_slot_ = 0;
  unsigned home_shift_ = 0;
  std::uint32_t limit_ = kMost;
  std::uint32_t used_ = 1;
  std::uint32_t unused_count_ = 0;
  std::uint32_t patience_ =
      0;  ///< How many more allocations go without until places are looked for.
  Lock lock_;
};

}  // namespace weir::tracer
