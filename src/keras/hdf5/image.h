#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_cursor.h"
#include "base/mapped_file.h"

namespace weir::hdf5 {

/// A place in the file, counted from the base address that the superblock gives.
using Address = std::uint64_t;

/// The bytes of an HDF5 file, addressed as its structures address one another. Every access is
/// checked against the file's end, and paid for: a file whose structures refer to one another in
/// loops or over and over runs out of credit, which is some multiple of its size, and is
/// kMalformed. That bounds time and memory without a visited set for each kind of structure.
///
/// Formats: "HDF5 File Format Specification Version 3.0", section II.A. Not thread-safe.
class Image {
 public:
  /// Reads the superblock (versions 0 to 3). Throws kMalformed or kUnsupported.
  explicit Image(SharedBytes bytes);

  static bool looks_like_hdf5(std::span<const std::byte> bytes);

  Address root() const noexcept { return root_; }
  std::size_t offset_width() const noexcept { return offset_width_; }
  std::size_t length_width() const noexcept { return length_width_; }
  std::uint64_t size() const noexcept { return bytes_.bytes.size(); }

  /// Bytes of metadata, to be read. `what` is a literal that names them in errors.
  ByteCursor metadata(Address address, std::uint64_t size, const char* what);

  /// All metadata from an address to the end of the file, for structures that give their own size
  /// only once they are being read; the caller pays by `charge_metadata`.
  ByteCursor metadata_from(Address address, const char* what);

  /// Raw data, in place.
  SharedBytes data(Address address, std::uint64_t size) const;

  /// An address, or nothing for "undefined".
  std::optional<Address> read_address(ByteCursor& cursor) const;
  std::uint64_t read_length(ByteCursor& cursor) const { return cursor.number(length_width_); }

  /// Checks a signature of four characters.
  static void expect(ByteCursor& cursor, const char* signature, const char* what);

  /// Pays for work on `bytes` of metadata, or for `bytes` of unpacked data.
  void charge_metadata(std::uint64_t bytes);
  void charge_data(std::uint64_t bytes);

 private:
  /// What was read leaves memory from time to time, so that all of the file is never resident.
  void drop_behind();
  void read_superblock();
  void read_superblock_v0(ByteCursor& cursor, unsigned version, std::uint64_t user_block);
  void read_superblock_v2(ByteCursor& cursor, std::uint64_t user_block);
  void read_widths(ByteCursor& cursor);
  void check_end(ByteCursor& cursor, std::uint64_t user_block);
  Address read_root(ByteCursor& cursor) const;

  SharedBytes bytes_;
  std::size_t offset_width_ = 8;
  std::size_t length_width_ = 8;
  Address root_ = 0;
  std::uint64_t metadata_credit_;
  std::uint64_t data_credit_;
  unsigned reads_since_drop_ = 0;
};

}  // namespace weir::hdf5
