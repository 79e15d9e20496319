#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "exec/program.h"

namespace weir::exec {

/// The most bytes of weights, in whole pages, that one part of the step reads.
std::size_t largest_part_bytes(const kernels::Step& step);

/// The weights that one part of a step reads, as pages of mapped files, which can leave memory and
/// come back. Weights that lie in other memory are not among them: they stay.
class WeightPart {
 public:
  WeightPart(const kernels::Step& step, std::size_t part);

  /// Asks for the pages, which are needed soon; does not wait for them.
  void expect() const;
  /// The pages leave memory. Harmless while others read them: they come back.
  void drop() const;

 private:
  std::vector<std::span<const std::byte>> pages_;
};

}  // namespace weir::exec
