#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Moves of elements that treat each axis on its own: output position i along an axis takes the
/// input's position index[i], or the fill value. Slices, flips, rolls, padding, repetitions and
/// nearest-neighbour resizing are all of this form.
struct GatherShape {
  static constexpr std::int64_t kFill = -1;

  struct Axis {
    std::size_t in_size = 1;
    /// For each position of the output, a position of the input, or kFill.
    std::vector<std::int64_t> index;
  };

  std::vector<Axis> axes;
  std::size_t element_bytes = 4;               ///< 1 or 4.
  std::array<std::byte, 4> fill_element = {};  ///< The first `element_bytes` of them.
};

/// A gather compiled to copies of long runs of bytes. Immutable; running it allocates nothing.
class Gather {
 public:
  explicit Gather(const GatherShape& shape);

  void run(const std::byte* in, std::byte* out, const ThreadPool& threads) const;

 private:
  /// Bytes that follow each other in the input and in the output; from < 0 is the fill value.
  struct Run {
    std::ptrdiff_t from;
    std::size_t bytes;
  };

  void build_runs(const GatherShape::Axis& axis, std::size_t block_bytes);
  std::ptrdiff_t row_offset(std::size_t row) const;
  void copy_row(const std::byte* in, std::byte* out) const;
  void fill(std::byte* out, std::size_t bytes) const;

  /// Byte offsets along the axes before the last one that moves anything, outermost first.
  std::vector<std::vector<std::ptrdiff_t>> rows_;
  std::size_t row_count_ = 1;
  std::vector<Run> runs_;  ///< Of one row.
  std::size_t row_bytes_ = 0;
  std::size_t element_bytes_;
  std::array<std::byte, 4> fill_element_;
};

namespace reference {
void gather(const GatherShape& shape, const std::byte* in, std::byte* out);
}

}  // namespace weir::kernels
