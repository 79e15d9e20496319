#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "plan/packer.h"
#include "plan/placer.h"

namespace weir::plan {
namespace {

using BlockOrder = std::vector<std::uint32_t>;

std::size_t life(const Block& block) { return block.last - block.first + 1; }

/// Blocks by ascending key.
template <typename Key>
BlockOrder sorted_by(std::span<const Block> blocks, Key key) {
  BlockOrder order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return key(blocks[a]) < key(blocks[b]);
  });
  return order;
}

Packing pack_in(const BlockOrder& order, std::span<const Block> blocks, Fit fit) {
  const Conflicts conflicts(blocks);
  return Placer(blocks, conflicts).pack(order, fit);
}

BlockOrder longest_first(std::span<const Block> blocks) {
  return sorted_by(blocks, [](const Block& b) { return std::tuple(~life(b), ~b.size, b.first); });
}

/// The blocks alive at the step that needs most, largest first; then those of the next such step.
BlockOrder broadest_step_first(std::span<const Block> blocks) {
  const std::vector<std::size_t> profile = profile_of(blocks);
  return sorted_by(blocks, [&profile](const Block& b) {
    const auto begin = profile.begin() + static_cast<std::ptrdiff_t>(b.first);
    const auto peak = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(life(b)));
    return std::tuple(~*peak, peak - profile.begin(), ~b.size);
  });
}

/// What an allocator would do at run time, choosing the lowest gap. Looks only at what is alive, so
/// it also serves problems whose conflicts are too many to list.
Packing first_fit_in_time(std::span<const Block> blocks) {
  struct Held {
    std::size_t begin;
    std::size_t end;
    std::size_t last;
  };
  Packing packing;
  packing.offsets.resize(blocks.size(), 0);
  std::vector<Held> held;  // by begin
  for (const std::uint32_t id :
       sorted_by(blocks, [](const Block& b) { return std::tuple(b.first, ~b.size); })) {
    const Block& block = blocks[id];
    std::erase_if(held, [&block](const Held& h) { return h.last < block.first; });
    std::size_t offset = 0;
    auto next = held.begin();
    for (; next != held.end() && next->begin - offset < block.size; ++next) {
      offset = next->end;
    }
    held.insert(next, {offset, offset + block.size, block.last});
    packing.offsets[id] = offset;
    packing.height = std::max(packing.height, offset + block.size);
  }
  return packing;
}

Packing greedy_by_size(std::span<const Block> blocks) {
  return pack_in(largest_first(blocks), blocks, Fit::kLowest);
}

Packing best_fit_by_size(std::span<const Block> blocks) {
  return pack_in(largest_first(blocks), blocks, Fit::kTightest);
}

Packing greedy_by_breadth(std::span<const Block> blocks) {
  return pack_in(broadest_step_first(blocks), blocks, Fit::kLowest);
}

Packing greedy_by_life(std::span<const Block> blocks) {
  return pack_in(longest_first(blocks), blocks, Fit::kLowest);
}

constexpr std::array<Packer, 5> kPackers{{
    {"first fit in time", first_fit_in_time},
    {"greedy by size", greedy_by_size},
    {"best fit by size", best_fit_by_size},
    {"greedy by breadth", greedy_by_breadth},
    {"greedy by life", greedy_by_life},
}};

}  // namespace

std::vector<std::uint32_t> largest_first(std::span<const Block> blocks) {
  return sorted_by(blocks, [](const Block& b) { return std::tuple(~b.size, ~life(b), b.first); });
}

std::span<const Packer> packers() { return kPackers; }

}  // namespace weir::plan
