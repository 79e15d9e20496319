#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "io/npy_header.h"
#include "io/text_arena.h"

namespace weir {

/// The strings of an npy file of texts, each of a fixed room that zeros fill up, as UTF-8 (type U)
/// or as the bytes that they are (type S).
class NpyText {
 public:
  /// The strings in `items`, which are in this machine's order. They stay valid until the next
  /// call, and as long as the items where these are bytes.
  const std::string_view* decode(std::span<const std::byte> items, const NpyHeader& header);

 private:
  std::string_view decode_characters(std::span<const std::byte> item);

  std::vector<std::string_view> strings_;
  TextArena arena_;
};

}  // namespace weir
