#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "doctor/tracer/frame_rule.h"
#include "doctor/tracer/modules.h"
#include "doctor/tracer/pages.h"
#include "doctor/tracer/python_stack.h"

namespace weir::tracer {

/// The rules of the call sites met so far. A lookup is one load from a table that is shared without
/// a lock: each entry holds its address mixed with its rule, so that a torn one matches nothing
/// (Hyatt's transposition table).
class RuleCache {
 public:
  FrameRule find(std::uintptr_t return_address, Modules& modules);
  /// After a module has gone, another may come to its addresses.
  void clear();
  bool is_mapped() const { return sets_.is_mapped(); }

 private:
  struct Entry {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> rule{0};
  };
  /// A line of the processor's cache: call sites that fall on the same place have four, because
  /// reading a rule again costs as much as a thousand lookups.
  using Set = std::array<Entry, 4>;

  Table<Set, 8192> sets_;
};

/// Return addresses of the calling thread, innermost first, from outside of the tracer; gives how
/// many. Reads call frame information, so it needs no frame pointers: about 20 ns a frame once the
/// call sites are known, where unwinders that search each time take 900.
/// Ends with the interpreter's loop, where Python's own stack goes on.
std::size_t read_native_stack(std::span<std::uintptr_t> frames, const Python& python,
                              RuleCache& rules, Modules& modules);

}  // namespace weir::tracer
