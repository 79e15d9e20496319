#pragma once

#include <cstdint>

#include "weir/memory_size.h"

namespace weir {

/// The most that was ever resident since the program began. Throws kIo as above.
std::uint64_t peak_resident_bytes();

/// Gives memory that was freed back to the kernel, which the allocator else keeps for itself: after
/// work that needed much for a moment, such as packing weights. Costs milliseconds at most.
void return_freed_memory();

}  // namespace weir
