#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "doctor/tracer/pages.h"

namespace weir::tracer {

/// Texts, each kept once and named by a small number, in a fixed amount of memory. 0 is the empty
/// text, and what a text gets for which there is no room any more. Not thread-safe.
class TextPool {
 public:
  std::uint32_t id_of(std::string_view text);
  std::string_view operator[](std::uint32_t id) const { return texts_[id]; }
  bool is_mapped() const {
    return characters_.is_mapped() && texts_.is_mapped() && places_.is_mapped();
  }

 private:
  static constexpr std::size_t kMost = 16384;  // A power of two; half of the places stay free.

  Table<char, 1024 * 1024> characters_;
  Table<std::string_view, kMost / 2> texts_;
  Table<std::uint16_t, kMost> places_;
  std::size_t used_ = 0;
  std::uint16_t count_ = 1;
};

}  // namespace weir::tracer
