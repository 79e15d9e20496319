#pragma once

#include <cstdint>

/// The signatures that begin the records of a ZIP archive (PKWARE's APPNOTE 6.3.10, section 4.3).
namespace weir::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kCentralHeader = 0x02014b50;
inline constexpr std::uint32_t kEndOfDirectory = 0x06054b50;
inline constexpr std::uint32_t kZip64EndOfDirectory = 0x06064b50;
inline constexpr std::uint32_t kZip64Locator = 0x07064b50;

}  // namespace weir::zip
