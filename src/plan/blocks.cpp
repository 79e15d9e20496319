#include "plan/blocks.h"

#include <algorithm>
#include <optional>

namespace weir::plan {
namespace {

/// Every buffer starts as a block of its own; blocks are merged where an output replaces an input.
/// A union-find forest whose edges carry the distance to the parent's first byte.
class BlockMerger {
 public:
  BlockMerger(const Problem& problem, const DataFlow& flow, std::span<const StepId> order,
              Heir heir)
      : problem_(problem),
        flow_(flow),
        order_(order),
        heir_(heir),
        overwrites_(flow.regions.size()) {
    for (TensorId id = 0; id < overwrites_.size(); ++id) {
      overwrites_[id] = id;
    }
    lay_buffers();
  }

  BlockSet run() {
    merge_equal();
    merge_smaller();
    return compact();
  }

 private:
  struct Tree {
    Block block;
    BufferId parent = 0;
    std::size_t shift = 0;  // of this buffer in its parent
    bool used = false;
    bool kept = false;  // holds a model output
  };

  /// An output's block that could move into an input's block.
  struct Merge {
    BufferId from = 0;
    BufferId into = 0;
    std::size_t shift = 0;
    TensorId input = 0;
    TensorId output = 0;
  };

  void lay_buffers() {
    std::vector<std::size_t> position(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      position[order_[i]] = i;
    }
    const std::size_t end = order_.empty() ? 0 : order_.size() - 1;
    trees_.resize(flow_.buffers.size());
    for (BufferId id = 0; id < trees_.size(); ++id) {
      const Buffer& buffer = flow_.buffers[id];
      Tree& tree = trees_[id];
      tree.parent = id;
      tree.used = buffer.starts_alive || buffer.stays_alive || !buffer.users.empty();
      tree.kept = buffer.stays_alive;
      tree.block = {buffer.size, buffer.starts_alive ? 0 : end, buffer.stays_alive ? end : 0};
      for (const StepId user : buffer.users) {
        tree.block.first = std::min(tree.block.first, position[user]);
        tree.block.last = std::max(tree.block.last, position[user]);
      }
    }
  }

  Region locate(TensorId id) const {
    Region region = flow_.regions[id];
    while (trees_[region.buffer].parent != region.buffer) {
      region.offset += trees_[region.buffer].shift;
      region.buffer = trees_[region.buffer].parent;
    }
    return region;
  }

  /// A step may read bytes of the block it is about to overwrite only as it was given leave to.
  bool overwrites_only_permitted(const StepInfo& step, std::size_t output, const Merge& merge,
                                 std::size_t input_offset) const {
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Region read = locate(step.inputs[i]);
      const std::size_t end = read.offset + problem_.tensors[step.inputs[i]].bytes;
      const bool met = read.buffer == merge.into &&
                       read.offset < merge.shift + size_of(merge.from) && merge.shift < end;
      const bool permitted =
          read.offset == input_offset &&
          std::any_of(step.in_place.begin(), step.in_place.end(), [&](const InPlace& pair) {
            return pair.input == i && pair.output == output;
          });
      if (met && !permitted) {
        return false;
      }
    }
    return std::none_of(step.outputs.begin(), step.outputs.end(),
                        [&](TensorId other) { return locate(other).buffer == merge.into; });
  }

  std::size_t size_of(BufferId root) const { return trees_[root].block.size; }

  std::optional<Merge> legal_merge(std::size_t position, const InPlace& pair) const {
    const StepInfo& step = problem_.steps[order_[position]];
    const TensorId input = step.inputs[pair.input];
    const TensorId output = step.outputs[pair.output];
    const Region in = locate(input);
    const Region out = locate(output);
    const Tree& into = trees_[in.buffer];
    const Tree& from = trees_[out.buffer];
    if (into.block.last != position || from.block.first != position || into.kept ||
        in.buffer == out.buffer || flow_.buffers[out.buffer].starts_alive ||
        flow_.buffers[out.buffer].root != output || from.block.size == 0 ||
        problem_.tensors[output].bytes > problem_.tensors[input].bytes) {
      return std::nullopt;
    }
    const Merge merge{out.buffer, in.buffer, in.offset, input, output};
    if (merge.shift % flow_.alignment != 0 || merge.shift > into.block.size ||
        from.block.size > into.block.size - merge.shift ||
        !overwrites_only_permitted(step, pair.output, merge, in.offset)) {
      return std::nullopt;
    }
    return merge;
  }

  void apply(const Merge& merge) {
    Tree& into = trees_[merge.into];
    Tree& from = trees_[merge.from];
    into.block.last = from.block.last;
    into.kept = from.kept;
    from.parent = merge.into;
    from.shift = merge.shift;
    overwrites_[merge.output] = merge.input;
  }

  /// A block that takes the place of another of its size never costs memory.
  void merge_equal() {
    for (std::size_t position = 0; position < order_.size(); ++position) {
      const StepInfo& step = problem_.steps[order_[position]];
      for (std::size_t output = 0; output < step.outputs.size(); ++output) {
        std::optional<Merge> best;
        for (const InPlace& pair : step.in_place) {
          if (pair.output != output) {
            continue;
          }
          const std::optional<Merge> merge = legal_merge(position, pair);
          if (merge && size_of(merge->from) == size_of(merge->into) &&
              (!best || preferred(*merge, *best))) {
            best = merge;
          }
        }
        if (best) {
          apply(*best);
        }
      }
    }
  }

  bool preferred(const Merge& a, const Merge& b) const {
    const std::size_t born_a = trees_[a.into].block.first;
    const std::size_t born_b = trees_[b.into].block.first;
    return heir_ == Heir::kOfOldest ? born_a < born_b : born_a > born_b;
  }

  /// A block that takes the place of a larger one keeps all of it alive: worth it only when that
  /// stays below what the step itself needs without the merge.
  void merge_smaller() {
    std::vector<std::size_t> profile;
    for (std::size_t position = 0; position < order_.size(); ++position) {
      for (const InPlace& pair : problem_.steps[order_[position]].in_place) {
        const std::optional<Merge> merge = legal_merge(position, pair);
        if (!merge) {
          continue;
        }
        if (profile.empty()) {
          profile = profile_of(compact().blocks);
        }
        if (flattens(position, *merge, profile)) {
          raise(position, *merge, profile);
          apply(*merge);
        }
      }
    }
  }

  std::size_t waste(const Merge& merge) const { return size_of(merge.into) - size_of(merge.from); }

  bool flattens(std::size_t position, const Merge& merge,
                const std::vector<std::size_t>& profile) const {
    for (std::size_t p = position + 1; p <= trees_[merge.from].block.last; ++p) {
      if (profile[p] + waste(merge) >= profile[position]) {
        return false;
      }
    }
    return true;
  }

  void raise(std::size_t position, const Merge& merge, std::vector<std::size_t>& profile) const {
    profile[position] -= size_of(merge.from);
    for (std::size_t p = position + 1; p <= trees_[merge.from].block.last; ++p) {
      profile[p] += waste(merge);
    }
  }

  BlockSet compact() const {
    BlockSet set;
    set.slots.resize(trees_.size());
    set.overwrites = overwrites_;
    for (BufferId id = 0; id < trees_.size(); ++id) {
      if (trees_[id].used && trees_[id].parent == id) {
        set.slots[id].block = static_cast<std::uint32_t>(set.blocks.size());
        set.blocks.push_back(trees_[id].block);
      }
    }
    for (BufferId id = 0; id < trees_.size(); ++id) {
      std::size_t shift = 0;
      BufferId root = id;
      for (; trees_[root].parent != root; root = trees_[root].parent) {
        shift += trees_[root].shift;
      }
      set.slots[id] = {set.slots[root].block, shift};
    }
    set.scratch_block.assign(order_.size(), kNoBlock);
    for (std::size_t position = 0; position < order_.size(); ++position) {
      if (const std::size_t size = flow_.steps[order_[position]].scratch; size != 0) {
        set.scratch_block[order_[position]] = static_cast<std::uint32_t>(set.blocks.size());
        set.blocks.push_back({size, position, position});
      }
    }
    return set;
  }

  const Problem& problem_;
  const DataFlow& flow_;
  std::span<const StepId> order_;
  Heir heir_;
  std::vector<Tree> trees_;
  std::vector<TensorId> overwrites_;
};

}  // namespace

BlockSet make_blocks(const Problem& problem, const DataFlow& flow, std::span<const StepId> order,
                     Heir heir) {
  return BlockMerger(problem, flow, order, heir).run();
}

std::vector<std::size_t> profile_of(std::span<const Block> blocks) {
  std::size_t positions = 0;
  for (const Block& block : blocks) {
    positions = std::max(positions, block.last + 1);
  }
  // Differences wrap around and come back: unsigned sums are exact again at every position.
  std::vector<std::size_t> profile(positions + 1, 0);
  for (const Block& block : blocks) {
    profile[block.first] += block.size;
    profile[block.last + 1] -= block.size;
  }
  for (std::size_t p = 1; p <= positions; ++p) {
    profile[p] += profile[p - 1];
  }
  profile.pop_back();
  return profile;
}

std::size_t peak_of(std::span<const Block> blocks) {
  const std::vector<std::size_t> profile = profile_of(blocks);
  return profile.empty() ? 0 : *std::max_element(profile.begin(), profile.end());
}

}  // namespace weir::plan
