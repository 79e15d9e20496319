#pragma once

#include <cstddef>

namespace weir {

/// Reverses the bytes of each of `count` elements of `item_size` (1, 2, 4 or 8) bytes, in place.
void swap_bytes(std::byte* elements, std::size_t count, std::size_t item_size);

}  // namespace weir
