#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::tracer {

/// How to go from a frame to its caller's, at one address of code: a row of the call frame
/// information (DWARF 5, 6.4), as far as x86-64 compilers use it between two calls. The return
/// address lies below the CFA ("canonical frame address", the caller's stack pointer).
struct FrameRule {
  enum class Base : std::uint8_t {
    kNone,            ///< Unknown, or the outermost frame.
    kStackPointer,    ///< CFA = rsp + offset
    kFramePointer,    ///< CFA = rbp + offset
    kAtFramePointer,  ///< CFA = *(rbp + offset): a function that aligns its stack
  };
  enum class Saved : std::uint8_t {
    kSame,            ///< The function has not touched rbp.
    kAtCfa,           ///< rbp is at CFA + saved_offset.
    kAtFramePointer,  ///< rbp is at rbp + saved_offset.
  };
  std::int32_t offset = 0;
  std::int16_t saved_offset = 0;
  Base base = Base::kNone;
  Saved saved = Saved::kSame;
};

struct FoundRule {
  FrameRule rule;
  const std::byte* entry = nullptr;  ///< Where in the call frame information it was read, or null.
};

/// Reads the rule for an address from a module's .eh_frame_hdr. What cannot be read gives kNone.
FoundRule read_frame_rule(const std::byte* eh_frame_header, std::uintptr_t address);

}  // namespace weir::tracer
