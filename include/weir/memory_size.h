#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// As people read sizes: "512 B", "1.5 KiB", "96.4 MiB": three digits at least, in units of 1024.
std::string format_bytes(std::uint64_t bytes);

/// The inverse, as people write it: "256MiB", "256 MB", "1.5g", "4096". Units of one letter and
/// those with an i are powers of 1024, the others ("MB") of 1000. Throws kInvalidArgument.
std::uint64_t parse_bytes(std::string_view text);

/// Bytes of this process that are resident now, as the kernel counts them. Allocates nothing.
/// Throws kIo where the kernel does not tell.
std::uint64_t resident_bytes();

/// Heap bytes in use, by the allocator's own books: what was freed and is kept for later does not
/// count. Costs microseconds.
std::uint64_t heap_bytes();

}  // namespace weir
