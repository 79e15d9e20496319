#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "doctor/tracer/live_filter.h"
#include "doctor/tracer/live_table.h"
#include "doctor/tracer/modules.h"
#include "doctor/tracer/native_stack.h"
#include "doctor/tracer/python_locations.h"
#include "doctor/tracer/python_stack.h"
#include "doctor/tracer/recorder.h"
#include "doctor/tracer/sites.h"
#include "doctor/tracer/text_pool.h"
#include "doctor/tracer/thread_state.h"

namespace weir::tracer {

enum class Kind { kHeap, kMapping };

/// The one tracer of a process, with all its parts. Made when the library is loaded, and never
/// destroyed: memory is allocated and freed until the very end.
class Tracer {
 public:
  Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// From the environment. False if this process is not to be traced.
  bool start();

  /// An allocation that used up its thread's gap: decides whether it is a sample, and takes it.
  void allocated(void* address, std::size_t size, Kind kind);
  /// Of an address that the filter did not rule out.
  std::optional<LiveAllocation> freed(const void* address);
  /// What was freed is alive after all: a realloc that failed.
  void restore(const LiveAllocation& allocation);
  /// Some module has been unloaded.
  void modules_changed();

  Recorder& recorder() { return recorder_; }
  Python& python() { return python_; }
  /// False in a child of vfork, which has this process's memory but is not it.
  bool is_own_process() const;

  void before_fork();
  void after_fork();
  /// False if the child is not to be traced.
  bool start_in_child();

 private:
  void take_sample(ThreadState& thread, void* address, std::size_t size, Kind kind);
  std::uint32_t name_of(ThreadState& thread);

  Modules modules_;
  RuleCache rules_;
  Python python_;
  TextPool texts_;
  PythonLocations locations_{python_, texts_};
  LiveTable live_;
  Sites sites_{live_, modules_, locations_, texts_};
  Recorder recorder_{live_, sites_, modules_};
  std::size_t native_frames_ = kMostNativeFrames;
  std::size_t python_frames_ = kMostPythonFrames;
  pid_t process_ = 0;
};

/// The process's tracer, or null: before the library is initialised, and for good where nothing is
/// traced.
extern constinit std::atomic<Tracer*> tracer;

inline Tracer* current_tracer() { return tracer.load(std::memory_order_acquire); }

/// Called for every allocation; all but one in thousands end here.
void allocated_slowly(void* address, std::size_t size, Kind kind);
inline void note_allocated(void* address, std::size_t size, Kind kind = Kind::kHeap) {
  thread_state.gap -= static_cast<std::int64_t>(size);
  if (thread_state.gap < 0) [[unlikely]]
    allocated_slowly(address, size, kind);
}

/// Called for every address before it is given back.
std::optional<LiveAllocation> freed_slowly(const void* address);
inline std::optional<LiveAllocation> note_freed(const void* address) {
  if (!live_filter.may_hold(address)) [[likely]]
    return std::nullopt;
  return freed_slowly(address);
}

}  // namespace weir::tracer
