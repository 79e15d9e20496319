#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Axis i of the output is axis `permutation[i]` of the input, of size `sizes[permutation[i]]`.
struct TransposeShape {
  std::vector<std::size_t> sizes;  ///< Of the input.
  std::vector<std::size_t> permutation;
  std::size_t element_bytes = 4;  ///< 1 or 4.
};

/// A transposition compiled to copies of runs, or of tiles that are turned. Immutable; running it
/// allocates nothing.
class Transpose {
 public:
  explicit Transpose(const TransposeShape& shape);

  void run(const std::byte* in, std::byte* out, const ThreadPool& threads) const;

 private:
  /// An axis of the output, with the distances of its neighbours, in bytes.
  struct Axis {
    std::size_t size;
    std::size_t in_stride;
    std::size_t out_stride;
  };

  void copy_items(const std::byte* in, std::byte* out, std::size_t begin, std::size_t end) const;
  void turn_tile(const std::byte* in, std::byte* out, std::size_t first_row,
                 std::size_t rows) const;

  std::size_t element_bytes_;
  std::size_t run_bytes_ = 0;  ///< Of whole runs that are copied; 0 when tiles are turned.
  Axis row_ = {1, 0, 0};       ///< Along the input's last axis; only of tiles.
  Axis column_ = {1, 0, 0};    ///< Along the output's last axis; only of tiles.
  std::vector<Axis> outer_;    ///< All other axes, outermost first.
  std::size_t items_ = 1;      ///< Positions along `outer_` times tiles along `row_`.
  std::size_t tiles_ = 1;
};

/// Turns a matrix of 4-byte elements: out[c * out_stride + r] = in[r * in_stride + c], strides in
/// elements.
void turn_words(const std::byte* in, std::size_t in_stride, std::byte* out, std::size_t out_stride,
                std::size_t rows, std::size_t columns);

namespace reference {
void transpose(const TransposeShape& shape, const std::byte* in, std::byte* out);
}

}  // namespace weir::kernels
