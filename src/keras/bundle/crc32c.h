#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::bundle {

/// The CRC-32 of Castagnoli's polynomial, as tables store it: turned by 15 bits and with a constant
/// added, since the checksum of data that hold their own checksum is a poor one.
std::uint32_t masked_crc32c(std::span<const std::byte> bytes);

}  // namespace weir::bundle
