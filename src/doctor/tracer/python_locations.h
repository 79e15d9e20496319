#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "doctor/tracer/pages.h"
#include "doctor/tracer/python_stack.h"
#include "doctor/tracer/text_pool.h"

namespace weir::tracer {

struct PythonLocation {
  std::uint32_t file = 0;  ///< Both of the text pool.
  std::uint32_t function = 0;
  std::int32_t line = 0;
};

/// The lines of Python that were met in stacks, each kept once and named by a small number. 0
/// stands for one that there was no room for. Finding a line and copying its names costs a
/// microsecond, so a cache in front knows the code's address and instruction. That is read without
/// a lock: each entry holds its key mixed with its number, so that a torn one matches nothing.
class PythonLocations {
 public:
  PythonLocations(const Python& python, TextPool& texts) : python_(python), texts_(texts) {}

  std::optional<std::uint32_t> find(const PythonFrame& frame) const;
  /// Of one that was not found. One thread at a time.
  std::uint32_t add(const PythonFrame& frame);
  const PythonLocation& operator[](std::uint32_t id) const { return locations_[id]; }
  bool is_mapped() const {
    return cache_.is_mapped() && locations_.is_mapped() && places_.is_mapped();
  }

 private:
  static constexpr std::size_t kMost = 65536;  // A power of two; half of the places stay free.

  struct Cached {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> id{0};
  };

  PythonLocation read(const PythonFrame& frame);
  std::uint32_t intern(const PythonLocation& location);

  const Python& python_;
  TextPool& texts_;
  Table<Cached, 8192> cache_;
  Table<PythonLocation, kMost / 2> locations_;
  Table<std::uint16_t, kMost> places_;
  std::uint16_t count_ = 1;
};

}  // namespace weir::tracer
