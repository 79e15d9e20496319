#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plan/blocks.h"

namespace weir::plan {

/// An offset for each block, and where the last one ends.
struct Packing {
  std::vector<std::size_t> offsets;
  std::size_t height = 0;
};

/// One way from lifetimes to offsets. Deterministic; blocks that meet in time never overlap;
/// offsets are sums of block sizes, hence multiples of the alignment.
struct Packer {
  std::string_view name;
  Packing (*pack)(std::span<const Block> blocks);
};

/// The quick packers, simplest first.
std::span<const Packer> packers();

/// Packs again and again in orders mutated from the given packing's, keeping what does not get
/// worse, until the height is `target` or `effort` pairs of blocks have been looked at. Never
/// returns a higher packing than the given one.
Packing improve(std::span<const Block> blocks, Packing packing, std::size_t target,
                std::size_t effort);

}  // namespace weir::plan
