#pragma once

#include <vector>

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// How the chunks of a dataset were packed, in the order of writing (specification, section
/// IV.A.2.l).
class FilterPipeline {
 public:
  FilterPipeline() = default;
  explicit FilterPipeline(ByteCursor message);

  bool empty() const noexcept { return filters_.empty(); }

  /// Undoes the filters, all but those whose bit is set in `skipped`. `chunk_size` is the size that
  /// the result must have. Throws kUnsupported for a filter that is not deflate, shuffle or
  /// Fletcher-32 (whose sum is not verified), kMalformed.
  std::vector<std::byte> unpack(std::span<const std::byte> packed, std::uint32_t skipped,
                                std::size_t chunk_size) const;

 private:
  struct Filter {
    unsigned id;
    std::vector<std::uint32_t> values;
  };
  std::vector<Filter> filters_;
};

}  // namespace weir::hdf5
