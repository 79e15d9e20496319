#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "plan/packer.h"

namespace weir::plan {

/// For each block the blocks that are alive at the same time, computed once and used by many
/// packings. Memory: 4 bytes for each pair that meets.
class Conflicts {
 public:
  explicit Conflicts(std::span<const Block> blocks);

  std::span<const std::uint32_t> of(std::uint32_t block) const {
    return {neighbours_.data() + begins_[block], begins_[block + 1] - begins_[block]};
  }

 private:
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> neighbours_;
};

/// How many pairs of blocks are alive at the same time, without listing them. O(n log n).
std::size_t count_conflicts(std::span<const Block> blocks);

/// The order in which packers that go by size place blocks.
std::vector<std::uint32_t> largest_first(std::span<const Block> blocks);

/// Which of the gaps between placed blocks a block takes, if it fits into several. The space below
/// the lowest block is a gap like any other.
enum class Fit : std::uint8_t { kLowest, kTightest };

/// Places blocks one at a time around those placed before.
class Placer {
 public:
  Placer(std::span<const Block> blocks, const Conflicts& conflicts);

  /// Forgets all placements.
  void clear();
  void place(std::uint32_t block, Fit fit);
  /// Places a block at an offset that the caller knows to be free.
  void put(std::uint32_t block, std::size_t offset);
  /// Clears, then places all blocks in this order.
  const Packing& pack(std::span<const std::uint32_t> order, Fit fit);

  const Packing& packing() const { return packing_; }

 private:
  std::span<const Block> blocks_;
  const Conflicts& conflicts_;
  Packing packing_;
  std::vector<bool> placed_;
  std::vector<std::pair<std::size_t, std::size_t>> taken_;  // [begin, end) of placed neighbours
};

}  // namespace weir::plan
