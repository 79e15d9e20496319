#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "doctor/tracer/lock.h"
#include "doctor/tracer/pages.h"

struct dl_phdr_info;

namespace weir::tracer {

/// An executable or library as it is, or was, loaded.
struct Module {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uintptr_t base = 0;               ///< What the loader added to the addresses in the file.
  const std::byte* unwinding = nullptr;  ///< Its .eh_frame_hdr, or null.
  std::uintptr_t unwinding_end = 0;      ///< The end of that, a table of the entries in .eh_frame.
  std::atomic<std::uintptr_t> first_entry{0};  ///< Of the entries that were read.
  std::atomic<std::uintptr_t> last_entry{0};
  const char* path = nullptr;  ///< In the list's own memory.
  std::atomic<bool> is_loaded{false};
};

/// What the loader tells of a module.
struct Extent {
  std::uintptr_t base = 0;
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;
  std::uintptr_t unwinding = 0;
  std::uintptr_t unwinding_end = 0;
};

/// Every module that the process has loaded so far. Only grows, so that it is read without a lock
/// and a stack keeps its names after dlclose. What does not fit is unknown.
class Modules {
 public:
  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kNone = kMost;

  /// The module in which an address lies, or kNone. Looks for new modules if there may be some.
  std::size_t find(std::uintptr_t address);
  /// Whether an address lies in that module, which may be kNone.
  bool holds(std::size_t id, std::uintptr_t address) const;
  const Module& operator[](std::size_t id) const { return modules_[id]; }
  std::size_t size() const { return count_.load(std::memory_order_acquire); }
  /// Reads the loader's list again.
  void refresh();

  /// An entry of a module's call frame information has been read.
  void note_read(std::size_t id, const std::byte* entry);
  /// Call frame information is read once for each call site, here and there in many megabytes:
  /// gives the pages back once there are many.
  void release_read_pages();
  Lock& lock() { return lock_; }
  bool is_mapped() const { return modules_.is_mapped() && names_.is_mapped() && seen_.is_mapped(); }

 private:
  std::size_t find_known(std::uintptr_t address) const;
  void see(const Extent& extent, const char* path);
  const char* keep(const char* path);
  static int see_one(dl_phdr_info* info, std::size_t size, void* modules);

  Table<Module, kMost> modules_;
  std::atomic<std::size_t> count_{0};
  Table<char, 512 * 1024> names_;
  std::size_t names_used_ = 0;
  std::atomic<std::uint32_t> reads_{0};
  Table<bool, kMost> seen_;
  std::atomic<std::uint64_t> changes_{0};  ///< The loader's counts of loads and unloads.
  Lock lock_;
};

}  // namespace weir::tracer
