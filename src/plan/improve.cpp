#include <algorithm>
#include <numeric>
#include <random>

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
    keep_if_better(placer_.pack(order_, Fit::kLowest));
    current_ = placer_.packing();
    std::size_t tries = blocks_.empty() ? 0 : effort / blocks_.size();
    while (best_.height > target && tries-- > 0) {
      try_move();
    }
    return best_;
  }

 private:
  /// Sideways and, one time in this many, upward moves are taken: they lead out of dead ends.
  static constexpr std::uint32_t kUphill = 40;

  void try_move() {
    const BlockOrder before = order_;
    promote(pick_top());
    const Packing& packing = placer_.pack(order_, Fit::kLowest);
    keep_if_better(packing);
    if (packing.height <= current_.height || below(kUphill) == 0) {
      current_ = packing;
    } else {
      order_ = before;
    }
  }

  void keep_if_better(const Packing& packing) {
    if (packing.height < best_.height) {
      best_ = packing;
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

  /// Somewhere between the block itself and the bottom, among what meets it in time.
  void promote(std::uint32_t block) {
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
  std::mt19937 random_{20240229};
};

}  // namespace

Packing improve(std::span<const Block> blocks, Packing packing, std::size_t target,
                std::size_t effort) {
  return Improver(blocks, packing).run(target, effort);
}

}  // namespace weir::plan
