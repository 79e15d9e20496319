#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

#include "plan/packer.h"
#include "plan/placer.h"

namespace weir::plan {
namespace {

/// Hill climbing over the order in which blocks are placed. A move takes a block that ends at the
/// top of the packing and places it before one of those that keep it up there, or one that keeps
/// those.
class Improver {
 public:
  Improver(std::span<const Block> blocks, const Packing& start)
      : blocks_(blocks), conflicts_(blocks), placer_(blocks, conflicts_), best_(start) {
    order_.resize(blocks.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&start](std::uint32_t a, std::uint32_t b) {
      return start.offsets[a] < start.offsets[b];
    });
  }

  Packing run(std::size_t target, std::size_t effort) {
    // From the bottom up, every block falls to where it was or lower.
    effort_ = effort;
    repack(0, std::numeric_limits<std::size_t>::max());
    accept();
    while (best_.height > target && effort_ > 0) {
      try_move();
    }
    return best_;
  }

 private:
  /// Sideways and, one time in this many, upward moves are taken: they lead out of dead ends.
  static constexpr std::uint32_t kUphill = 40;

  void try_move() {
    spend(order_.size());
    const BlockOrder before = order_;
    const std::size_t changed = promote(pick_top());
    const bool uphill = below(kUphill) == 0;
    if (repack(changed, uphill ? std::numeric_limits<std::size_t>::max() : current_.height)) {
      accept();
    } else {
      order_ = before;
    }
  }

  void spend(std::size_t effort) { effort_ -= std::min(effort_, effort); }

  /// Places the blocks from `changed` on anew; those before stay. Gives up above `limit`.
  bool repack(std::size_t changed, std::size_t limit) {
    placer_.clear();
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (i < changed) {
        placer_.put(order_[i], current_.offsets[order_[i]]);
        continue;
      }
      spend(1 + conflicts_.of(order_[i]).size());
      placer_.place(order_[i], Fit::kLowest);
      if (placer_.packing().height > limit) {
        return false;
      }
    }
    return true;
  }

  void accept() {
    current_ = placer_.packing();
    if (current_.height < best_.height) {
      best_ = current_;
    }
  }

  /// Not std::uniform_int_distribution: its results differ between standard libraries.
  std::uint32_t below(std::size_t count) {
    return static_cast<std::uint32_t>(random_() % static_cast<std::uint32_t>(count));
  }

  std::uint32_t pick_top() {
    choices_.clear();
    for (std::uint32_t id = 0; id < blocks_.size(); ++id) {
      if (current_.offsets[id] + blocks_[id].size == current_.height) {
        choices_.push_back(id);
      }
    }
    return choices_[below(choices_.size())];
  }

  /// Moves the block, or one that holds it up, in the order. Returns the first index that changed.
  std::size_t promote(std::uint32_t block) {
    std::uint32_t support = pick_below(block);
    if (below(3) == 0) {
      block = support;
      support = pick_below(block);
    }
    const auto from = std::find(order_.begin(), order_.end(), block);
    const auto to = std::find(order_.begin(), order_.end(), support);
    if (to < from) {
      std::rotate(to, from, from + 1);
    } else if (from < to) {
      std::rotate(from, from + 1, to + 1);
    }
    return static_cast<std::size_t>(std::min(from, to) - order_.begin());
  }

  std::uint32_t pick_below(std::uint32_t block) {
    choices_.clear();
    for (const std::uint32_t other : conflicts_.of(block)) {
      if (current_.offsets[other] < current_.offsets[block]) {
        choices_.push_back(other);
      }
    }
    return choices_.empty() ? block : choices_[below(choices_.size())];
  }

  using BlockOrder = std::vector<std::uint32_t>;

  std::span<const Block> blocks_;
  Conflicts conflicts_;
  Placer placer_;
  Packing best_;
  Packing current_;
  BlockOrder order_;
  BlockOrder choices_;
  std::size_t effort_ = 0;
  std::mt19937 random_{20240229};
};

/// The blocks that are alive where more than half of the target is: the others mostly fit anywhere.
std::vector<std::uint32_t> crowded_blocks(std::span<const Block> blocks, std::size_t target) {
  const std::vector<std::size_t> profile = profile_of(blocks);
  std::vector<std::size_t> crowded_before(profile.size() + 1, 0);
  for (std::size_t p = 0; p < profile.size(); ++p) {
    crowded_before[p + 1] = crowded_before[p] + (profile[p] > target / 2 ? 1 : 0);
  }
  std::vector<std::uint32_t> crowded;
  for (std::uint32_t id = 0; id < blocks.size(); ++id) {
    if (crowded_before[blocks[id].last + 1] > crowded_before[blocks[id].first]) {
      crowded.push_back(id);
    }
  }
  return crowded;
}

/// Improves the packing of `ids` alone, then puts the other blocks around them, largest first.
Packing improve_some(std::span<const Block> blocks, std::span<const std::uint32_t> ids,
                     const Packing& start, std::size_t target, std::size_t effort) {
  std::vector<Block> some;
  Packing some_packing;
  std::vector<bool> placed(blocks.size(), false);
  for (const std::uint32_t id : ids) {
    some.push_back(blocks[id]);
    some_packing.offsets.push_back(start.offsets[id]);
    some_packing.height = std::max(some_packing.height, start.offsets[id] + blocks[id].size);
    placed[id] = true;
  }
  some_packing = Improver(some, some_packing).run(target, effort);
  const Conflicts conflicts(blocks);
  Placer placer(blocks, conflicts);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    placer.put(ids[i], some_packing.offsets[i]);
  }
  for (const std::uint32_t id : largest_first(blocks)) {
    if (!placed[id]) {
      placer.place(id, Fit::kLowest);
    }
  }
  return placer.packing();
}

}  // namespace

Packing improve(std::span<const Block> blocks, Packing packing, std::size_t target,
                std::size_t effort) {
  const std::vector<std::uint32_t> crowded = crowded_blocks(blocks, target);
  if (crowded.size() < blocks.size()) {
    Packing better = improve_some(blocks, crowded, packing, target, effort / 2);
    effort -= effort / 2;
    if (better.height < packing.height) {
      packing = std::move(better);
    }
  }
  return packing.height <= target ? packing : Improver(blocks, packing).run(target, effort);
}

}  // namespace weir::plan
