#include "io/text_arena.h"

#include <algorithm>
#include <cstring>

#include "base/fail.h"

namespace weir {

std::string_view TextArena::keep(std::string_view text) {
  char* const to = room(text.size());
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return keep_only(text.size());
}

char* TextArena::room(std::size_t bytes) {
  while (current_ < blocks_.size() && blocks_[current_].size - used_ < bytes) {
    ++current_;
    used_ = 0;
  }
  if (current_ == blocks_.size()) {
    const std::size_t size = std::max(bytes, kBlockBytes);
    if (size > kMaxBytes - total_) {
      fail(ErrorCode::kLimit, "the strings of a batch need more than {} bytes: take fewer rows",
           kMaxBytes);
    }
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    total_ += size;
  }
  return blocks_[current_].memory.get() + used_;
}

std::string_view TextArena::keep_only(std::size_t bytes) {
  const std::string_view kept(blocks_[current_].memory.get() + used_, bytes);
  used_ += bytes;
  return kept;
}

void TextArena::clear() {
  current_ = used_ = 0;
  if (blocks_.size() < 2) return;
  // One block, in which no room is lost between others.
  blocks_.clear();
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(total_), total_});
}

}  // namespace weir
