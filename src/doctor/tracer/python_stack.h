#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::tracer {

/// Where the parts of CPython's structures lie that lead from a thread to its frames, and whether
/// its own functions are there. Fixed for each minor version by its ABI; unknown ones are left
/// alone.
struct PythonLayout {
  int minor;  ///< 3.minor
  // Of a thread's state: its frame, or what holds its frame at `held_frame`.
  std::size_t frame;
  std::ptrdiff_t held_frame;  ///< -1: `frame` is the frame itself.
  // Of a frame. `instruction` points into the code, or is the index of a two-byte unit (3.10).
  std::size_t code, previous, instruction;
  std::size_t owner;  ///< Where a byte of kOwnedByC marks calls from C; 0: nowhere.
  // Of a code object.
  std::size_t first_instruction, file, name;
  // Of a string: where text begins, for ASCII and for other text.
  std::size_t ascii, text;
};

/// One call, as Python would show it. The object pointers are only good until the caller returns to
/// Python; `code` and `instruction` name the place for as long as the code lives.
struct PythonFrame {
  const void* code;
  const void* file;  ///< A str of Python's, as `name`; not yet looked at.
  const void* name;
  int instruction;  ///< In bytes from the beginning of the code.

  friend bool operator==(const PythonFrame&, const PythonFrame&) = default;
};

/// The interpreter in this process, if there is one that is known.
///
/// The tracer runs in the middle of an allocation, often one that Python's own allocator has asked
/// for. So it calls nothing that could allocate, take the interpreter's lock, or start its garbage
/// collector: PyThreadState_GetFrame and the like make frame objects, and are out. It reads what
/// PyGILState_GetThisThreadState (a thread-specific value) points to instead. Only this thread
/// changes its own frames, and they keep their code alive, so they may be read with or without the
/// lock. Types are compared before a pointer is believed.
class Python {
 public:
  /// Looks for an interpreter among the libraries of the process. Takes the loader's lock: not
  /// while something is allocated.
  void attach();
  bool is_attached() const { return layout_ != nullptr; }
  /// Whether an address lies in the interpreter's loop: what called that is told by Python's stack.
  bool is_in_loop(std::uintptr_t address) const { return address - loop_begin_ < loop_bytes_; }

  /// The calling thread's frames, innermost first; gives how many. 0 in threads that have never run
  /// Python.
  std::size_t read_stack(std::span<PythonFrame> frames) const;
  int line_of(const PythonFrame& frame) const;
  /// A str as UTF-8, cut to what fits into `buffer`. Empty for what is none.
  std::string_view text_of(const void* string, std::span<char> buffer) const;

 private:
  template <typename Value>
  Value member(const void* object, std::size_t offset) const;
  const void* current_frame() const;
  bool has_type(const void* object, const void* type) const;
  bool is_call_from_c(const void* frame) const;
  int instruction_of(const void* frame, const void* code) const;

  const PythonLayout* layout_ = nullptr;
  void* (*this_thread_)() = nullptr;
  int (*line_at_)(void*, int) = nullptr;
  const void* code_type_ = nullptr;
  const void* text_type_ = nullptr;
  std::uintptr_t loop_begin_ = 0;
  std::uintptr_t loop_bytes_ = 0;
};

}  // namespace weir::tracer
