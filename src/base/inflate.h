#pragma once

#include <cstddef>
#include <span>

namespace weir {

/// How a deflate stream is wrapped: not at all (ZIP members) or in zlib's header and checksum
/// (HDF5 chunks).
enum class DeflateFormat { kRaw, kZlib };

/// Unpacks a whole deflate stream into `output` and returns the number of bytes written. Never
/// writes past `output`. Throws kMalformed where the stream is corrupt, cut off, or holds more than
/// `output` takes.
std::size_t inflate_into(std::span<const std::byte> input, DeflateFormat format,
                         std::span<std::byte> output);

}  // namespace weir
