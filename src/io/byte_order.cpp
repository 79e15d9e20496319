#include "io/byte_order.h"

#include <algorithm>

namespace weir {
namespace {

// The size is a constant in each case so that the compiler makes it one instruction an element.
template <std::size_t kSize>
void swap_each(std::byte* elements, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::reverse(elements + i * kSize, elements + (i + 1) * kSize);
  }
}

}  // namespace

void swap_bytes(std::byte* elements, std::size_t count, std::size_t item_size) {
  if (item_size == 2) swap_each<2>(elements, count);
  if (item_size == 4) swap_each<4>(elements, count);
  if (item_size == 8) swap_each<8>(elements, count);
}

}  // namespace weir
