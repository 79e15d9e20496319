#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "plan/data_flow.h"
#include "plan/problem.h"

namespace weir::plan {

/// All that a packer sees: bytes needed from one position of the order to another, both inclusive.
struct Block {
  std::size_t size = 0;  ///< a multiple of the alignment
  std::size_t first = 0;
  std::size_t last = 0;

  bool meets(const Block& other) const { return first <= other.last && other.first <= last; }
};

/// Which of the inputs that may be overwritten an output takes.
enum class Heir : std::uint8_t {
  kOfOldest,  ///< the one alive longest: few long blocks
  kOfNewest,  ///< the one born last: many short blocks
};

inline constexpr std::uint32_t kNoBlock = std::numeric_limits<std::uint32_t>::max();

/// Where a buffer lies: bytes from `shift` of a block.
struct Slot {
  std::uint32_t block = kNoBlock;  ///< kNoBlock when nothing uses the buffer
  std::size_t shift = 0;
};

/// The blocks of one order of the steps, after outputs took the places of inputs that die.
struct BlockSet {
  std::vector<Block> blocks;
  std::vector<Slot> slots;                   ///< by BufferId
  std::vector<std::uint32_t> scratch_block;  ///< by StepId; kNoBlock for steps without scratch
  std::vector<TensorId> overwrites;          ///< by TensorId: the input it replaces, or itself
};

/// Lays the buffers of `flow` along `order`. An output goes in place where the problem permits it,
/// the input dies at that step, and the memory alive at no step becomes larger than what the merge
/// saves.
BlockSet make_blocks(const Problem& problem, const DataFlow& flow, std::span<const StepId> order,
                     Heir heir);

/// The largest sum of block sizes alive at one position: no packing can be smaller.
std::size_t peak_of(std::span<const Block> blocks);

/// Bytes alive at each position.
std::vector<std::size_t> profile_of(std::span<const Block> blocks);

}  // namespace weir::plan
