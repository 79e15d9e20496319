#pragma once

#include <cstddef>
#include <span>

#include "base/mapped_file.h"
#include "io/npy_header.h"

namespace weir {

/// Copies rows out of a mapped array in Fortran order, where the elements of one row lie as far
/// apart as the array has rows. Holds a few megabytes of the mapping at a time.
class FortranGather {
 public:
  /// `file` holds the whole array that `header` describes, and outlives this.
  FortranGather(const SharedBytes& file, const NpyHeader& header);

  /// Writes the rows [first, first + count) to `out` in C order; bytes within elements stay.
  void rows(std::size_t first, std::size_t count, std::span<std::byte> out) const;

 private:
  template <std::size_t kItem>
  void gather(std::size_t first, std::size_t count, std::byte* out) const;

  std::span<const std::byte> data_;
  bool is_mapped_;
  Shape row_shape_;
  std::size_t total_rows_;
  std::size_t row_elements_;
  std::size_t item_size_;
};

}  // namespace weir
