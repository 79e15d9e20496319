#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace weir {

/// Memory for the strings of a batch, which stay where they are until it is cleared. It is taken in
/// blocks and kept, and grows only for a batch that needs more than every one before.
class TextArena {
 public:
  /// Of one batch, at most.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

  /// A copy of the text. Throws kLimit where the batch would become too large.
  std::string_view keep(std::string_view text);
  /// Room for a text that is still to be written, and is shortened by `keep_only` when it was less.
  char* room(std::size_t bytes);
  /// Of the room that was given last, the first `bytes` bytes are kept.
  std::string_view keep_only(std::size_t bytes);

  /// Gives all room away again: the strings end here.
  void clear();

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

  std::vector<Block> blocks_;
  std::size_t current_ = 0;  ///< The block in use, …
  std::size_t used_ = 0;     ///< … and how much of it is.
  std::size_t total_ = 0;    ///< Of all blocks.
};

}  // namespace weir
