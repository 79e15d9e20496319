#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The numbers of the `.weir` format, for its reader and its writer.
namespace weir::session::compiled_format {

/// As PNG's: not text, and damaged by whoever transfers it as text.
inline constexpr std::string_view kMagic = "\x89WEIR\r\n\x1a";
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 76;
inline constexpr std::size_t kIsaBytes = 16;
/// A page on most machines, so that a weight's pages are its own.
inline constexpr std::uint64_t kWeightAlignment = 4096;

}  // namespace weir::session::compiled_format
