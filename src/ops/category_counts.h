#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Which counts there are of categories.
struct CategoryCounts {
  std::int64_t categories = 1;
  bool binary = false;          ///< 1 for a category that is there, however often.
  DType dtype = DType::kInt32;  ///< Of the counts: int32 or float32.

  /// Whether there is a count for `category`.
  bool has(std::int32_t category) const { return category >= 0 && category < categories; }
  template <typename T>
  void add(T& count) const {
    count = binary ? T{1} : count + T{1};
  }
};

/// How often each category is among the int32 elements along the last axis, which
/// becomes one of that size: (…, n) -> (…, categories). Elements that are no category do not count.
graph::OperationPtr make_category_counts(const CategoryCounts& counts);

}  // namespace weir::ops
