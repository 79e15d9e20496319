#include "base/byte_reader.h"

#include <algorithm>

namespace weir {

std::size_t ByteReader::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const std::size_t count = read_some(into.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

PeekedReader::PeekedReader(std::unique_ptr<ByteReader> reader, std::size_t count)
    : reader_(std::move(reader)), start_(count) {
  start_.resize(reader_->read(start_));
}

std::size_t PeekedReader::read_some(std::span<std::byte> into) {
  if (given_ == start_.size()) return reader_->read_some(into);
  const std::size_t count = std::min(into.size(), start_.size() - given_);
  std::copy_n(start_.begin() + static_cast<std::ptrdiff_t>(given_), count, into.begin());
  given_ += count;
  return count;
}

}  // namespace weir
