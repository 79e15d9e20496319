#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "weir/growth.h"

namespace weir::test {

/// A kind of memory series whose truth is known.
struct SeriesKind {
  std::string name;
  bool grows;
  /// A series of `count` samples at steps of `distance`; `seed` chooses sizes, phases and noise.
  std::vector<GrowthSample> (*make)(std::size_t count, double distance, std::uint64_t seed);
};

/// What processes' memory does: constant, with noise, walks that return, warm-up to a plateau,
/// sawtooth, one jump, an allocator that keeps what it had; and growth: a line, 16 bytes a step in
/// pages, under noise, ever slower, a staircase, and under a sawtooth.
std::span<const SeriesKind> series_kinds();

}  // namespace weir::test
