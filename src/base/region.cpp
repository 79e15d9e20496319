#include "base/region.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/checked.h"
#include "base/fail.h"

namespace weir {

/// Gives its place back when the last who uses it is gone.
struct Region::Part {
  Part(std::shared_ptr<Region> of, std::size_t at, std::span<std::byte> memory)
      : region(std::move(of)), offset(at), bytes(memory) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() { region->give_back(offset); }

  std::shared_ptr<Region> region;
  std::size_t offset;
  std::span<std::byte> bytes;
};

std::shared_ptr<Region> Region::make(std::size_t bytes) {
  return std::shared_ptr<Region>(new Region(bytes));
}

Region::Region(std::size_t bytes) : memory_(bytes) {
  // Filled, so that the system cannot say later that it has no such memory.
  std::memset(memory_.data(), 0, bytes);
}

std::span<std::byte> Region::front(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::size_t end = taken_.empty() ? memory_.size() : taken_.begin()->first;
  require(bytes <= end, ErrorCode::kLimit, "{} bytes are wanted where {} are left of {}", bytes,
          end, memory_.size());
  front_ = std::max(front_, bytes);
  return {memory_.data(), bytes};
}

std::shared_ptr<std::span<std::byte>> Region::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::size_t offset = find_gap(align_up(bytes, kAlignment));
  taken_.emplace(offset, align_up(bytes, kAlignment));
  std::memset(memory_.data() + offset, 0, bytes);
  auto part =
      std::make_shared<Part>(shared_from_this(), offset, std::span(memory_.data() + offset, bytes));
  return {part, &part->bytes};
}

/// The last gap that is large enough.
std::size_t Region::find_gap(std::size_t bytes) const {
  std::size_t end = memory_.size() / kAlignment * kAlignment;
  for (auto part = taken_.rbegin(); part != taken_.rend(); ++part) {
    if (end - (part->first + part->second) >= bytes) break;
    end = part->first;
  }
  const auto next = taken_.lower_bound(end);
  const std::size_t begin =
      next == taken_.begin() ? front_ : std::prev(next)->first + std::prev(next)->second;
  require(begin <= end && bytes <= end - begin, ErrorCode::kLimit,
          "no {} bytes are left of a reserve of {}", bytes, memory_.size());
  return end - bytes;
}

void Region::give_back(std::size_t offset) {
  const std::lock_guard lock(mutex_);
  taken_.erase(offset);
}

}  // namespace weir
