#include "ops/strided_view.h"

#include <fmt/ranges.h>

#include <functional>
#include <numeric>

namespace weir::ops {
namespace {

std::size_t count(std::span<const std::size_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

bool StridedView::is_identity(std::size_t elements) const {
  std::size_t expected = 1;
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    if (sizes[axis] != 1 && strides[axis] != expected) return false;
    expected *= sizes[axis];
  }
  return expected == elements;
}

std::vector<float> StridedView::read(std::span<const float> weight) const {
  std::vector<float> values(count(sizes));
  std::vector<std::size_t> index(sizes.size(), 0);
  std::size_t source = 0;
  for (float& value : values) {
    value = weight[source];
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      source -= strides[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return values;
}

std::string StridedView::key() const {
  return fmt::format("[{}|{}]", fmt::join(sizes, ","), fmt::join(strides, ","));
}

}  // namespace weir::ops
