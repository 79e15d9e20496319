#include "plan/placer.h"

#include <algorithm>
#include <numeric>

namespace weir::plan {
namespace {

std::vector<std::uint32_t> by_birth(std::span<const Block> blocks) {
  std::vector<std::uint32_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&blocks](std::uint32_t a, std::uint32_t b) {
    return blocks[a].first < blocks[b].first;
  });
  return order;
}

/// Calls `visit(a, b)` once for each pair that meets.
template <typename Visit>
void for_each_conflict(std::span<const Block> blocks, Visit visit) {
  std::vector<std::uint32_t> alive;
  for (const std::uint32_t block : by_birth(blocks)) {
    std::erase_if(alive,
                  [&](std::uint32_t other) { return blocks[other].last < blocks[block].first; });
    for (const std::uint32_t other : alive) {
      visit(block, other);
    }
    alive.push_back(block);
  }
}

/// The begin of the chosen gap in `taken`, which is sorted.
std::size_t choose_gap(std::span<const std::pair<std::size_t, std::size_t>> taken, std::size_t size,
                       Fit fit) {
  std::size_t end = 0;  // of all that was looked at
  std::size_t best = 0;
  std::size_t best_gap = 0;
  bool found = false;
  for (const auto& [begin, next_end] : taken) {
    if (begin > end && begin - end >= size && (!found || begin - end < best_gap)) {
      found = true;
      best = end;
      best_gap = begin - end;
      if (fit == Fit::kLowest) {
        return best;
      }
    }
    end = std::max(end, next_end);
  }
  return found ? best : end;
}

}  // namespace

std::size_t count_conflicts(std::span<const Block> blocks) {
  std::vector<std::size_t> deaths;
  for (const Block& block : blocks) {
    deaths.push_back(block.last);
  }
  std::sort(deaths.begin(), deaths.end());
  std::size_t count = 0;
  std::size_t born = 0;
  std::size_t dead = 0;
  for (const std::uint32_t block : by_birth(blocks)) {
    while (deaths[dead] < blocks[block].first) {
      ++dead;
    }
    count += born++ - dead;
  }
  return count;
}

Conflicts::Conflicts(std::span<const Block> blocks) : begins_(blocks.size() + 1, 0) {
  for_each_conflict(blocks, [this](std::uint32_t a, std::uint32_t b) {
    ++begins_[a + 1];
    ++begins_[b + 1];
  });
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  neighbours_.resize(begins_.back());
  std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
  for_each_conflict(blocks, [&](std::uint32_t a, std::uint32_t b) {
    neighbours_[next[a]++] = b;
    neighbours_[next[b]++] = a;
  });
}

Placer::Placer(std::span<const Block> blocks, const Conflicts& conflicts)
    : blocks_(blocks), conflicts_(conflicts), placed_(blocks.size(), false) {
  packing_.offsets.resize(blocks.size(), 0);
}

void Placer::clear() {
  placed_.assign(placed_.size(), false);
  packing_.height = 0;
}

void Placer::place(std::uint32_t block, Fit fit) {
  taken_.clear();
  for (const std::uint32_t other : conflicts_.of(block)) {
    if (placed_[other]) {
      const std::size_t begin = packing_.offsets[other];
      taken_.emplace_back(begin, begin + blocks_[other].size);
    }
  }
  std::sort(taken_.begin(), taken_.end());
  put(block, choose_gap(taken_, blocks_[block].size, fit));
}

void Placer::put(std::uint32_t block, std::size_t offset) {
  packing_.offsets[block] = offset;
  packing_.height = std::max(packing_.height, offset + blocks_[block].size);
  placed_[block] = true;
}

const Packing& Placer::pack(std::span<const std::uint32_t> order, Fit fit) {
  clear();
  for (const std::uint32_t block : order) {
    place(block, fit);
  }
  return packing_;
}

}  // namespace weir::plan
