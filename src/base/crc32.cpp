#include "base/crc32.h"

#include <zlib.h>

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;

}  // namespace

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t crc32_of(const SharedBytes& data) {
  uLong crc = 0;
  for (std::size_t at = 0; at < data.bytes.size(); at += kPiece) {
    const auto piece = data.bytes.subspan(at, std::min(kPiece, data.bytes.size() - at));
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
    if (data.mapped && data.bytes.size() > kPiece) drop_pages(data.bytes.first(at + piece.size()));
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace weir
