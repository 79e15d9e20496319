#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace weir {

/// Bytes in sequence: a pipe, a file, a compressed member of an archive.
class ByteReader {
 public:
  ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  virtual ~ByteReader() = default;

  /// Reads at least one byte, up to as many as fit, and returns how many; 0 only at the end of the
  /// data (or for no room). What a slow pipe has ready is given at once.
  virtual std::size_t read_some(std::span<std::byte> into) = 0;
  /// Fills `into`, but for fewer bytes at the end of the data; returns how many.
  std::size_t read(std::span<std::byte> into);
};

/// A reader whose first bytes may be looked at before they are read.
class PeekedReader final : public ByteReader {
 public:
  PeekedReader(std::unique_ptr<ByteReader> reader, std::size_t count);

  /// The first bytes, fewer than `count` where the data are shorter.
  std::span<const std::byte> start() const { return start_; }
  std::size_t read_some(std::span<std::byte> into) override;

 private:
  std::unique_ptr<ByteReader> reader_;
  std::vector<std::byte> start_;
  std::size_t given_ = 0;
};

}  // namespace weir
