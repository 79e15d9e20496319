#pragma once

#include <cstdint>
#include <span>

#include "base/mapped_file.h"

namespace weir {

/// The CRC-32 of ZIP, gzip and PNG.
std::uint32_t crc32_of(std::span<const std::byte> bytes);

/// The same of bytes that may lie in a mapped file: of a long run, the pages leave the resident set
/// again behind the reading.
std::uint32_t crc32_of(const SharedBytes& data);

}  // namespace weir
