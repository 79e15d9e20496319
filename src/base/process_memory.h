#pragma once

#include <cstdint>

namespace weir {

/// Bytes of this process that are resident now, as the kernel counts them. Allocates nothing.
/// Throws kIo where the kernel does not tell.
std::uint64_t resident_bytes();

/// The most that was ever resident since the process began.
std::uint64_t peak_resident_bytes();

}  // namespace weir
