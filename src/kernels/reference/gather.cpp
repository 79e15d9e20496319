#include "kernels/gather.h"

#include <cstring>

namespace weir::kernels::reference {
namespace {

/// The input's element for the output's element `out_index`; kFill for none.
std::int64_t source(const GatherShape& shape, std::size_t out_index) {
  std::int64_t from = 0;
  std::int64_t stride = 1;
  for (std::size_t axis = shape.axes.size(); axis-- > 0;) {
    const GatherShape::Axis& a = shape.axes[axis];
    const std::int64_t index = a.index[out_index % a.index.size()];
    if (index == GatherShape::kFill) return GatherShape::kFill;
    from += index * stride;
    stride *= static_cast<std::int64_t>(a.in_size);
    out_index /= a.index.size();
  }
  return from;
}

}  // namespace

void gather(const GatherShape& shape, const std::byte* in, std::byte* out) {
  std::size_t elements = 1;
  for (const GatherShape::Axis& axis : shape.axes) elements *= axis.index.size();
  for (std::size_t i = 0; i < elements; ++i) {
    const std::int64_t from = source(shape, i);
    const std::byte* element = from == GatherShape::kFill
                                   ? shape.fill_element.data()
                                   : in + static_cast<std::size_t>(from) * shape.element_bytes;
    std::memcpy(out + i * shape.element_bytes, element, shape.element_bytes);
  }
}

}  // namespace weir::kernels::reference
