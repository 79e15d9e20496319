#pragma once

#include <algorithm>
#include <span>

#include "base/byte_reader.h"

namespace weir {

/// Bytes in small pieces, as a slow pipe gives them.
class PieceReader final : public ByteReader {
 public:
  explicit PieceReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t read_some(std::span<std::byte> into) override {
    constexpr std::size_t kPiece = 7;
    const std::size_t count = std::min({kPiece, into.size(), bytes_.size()});
    std::copy_n(bytes_.begin(), count, into.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace weir
