#include "kernels/transpose.h"

#include <cstring>

namespace weir::kernels::reference {

void transpose(const TransposeShape& shape, const std::byte* in, std::byte* out) {
  const std::size_t rank = shape.sizes.size();
  std::size_t elements = 1;
  for (const std::size_t size : shape.sizes) elements *= size;
  std::vector<std::size_t> at(rank);  // the output's element, as a position in the input
  for (std::size_t i = 0; i < elements; ++i) {
    std::size_t place = i;
    for (std::size_t axis = rank; axis-- > 0;) {
      const std::size_t from = shape.permutation[axis];
      at[from] = place % shape.sizes[from];
      place /= shape.sizes[from];
    }
    std::size_t source = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) source = source * shape.sizes[axis] + at[axis];
    std::memcpy(out + i * shape.element_bytes, in + source * shape.element_bytes,
                shape.element_bytes);
  }
}

}  // namespace weir::kernels::reference
