#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mapped_file.h"

namespace weir {

/// One member of a ZIP archive, as the central directory describes it.
struct ZipEntry {
  std::string name;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;  ///< Unpacked. Claimed by the archive; `read` holds it to its word.
  std::uint32_t crc32 = 0;
  bool deflated = false;  ///< Otherwise stored as it is.
  std::uint64_t header_offset = 0;
};

/// What `ZipReader::read` makes sure of: that a member is the one that was written, which reads all
/// of it; or only that it has its size.
enum class ZipCheck { kCrc, kSize };

/// Reads ZIP archives from anywhere: `.keras`, `.npz`. The bytes are not trusted.
///
/// Its own, and not libzip, because libzip does not tell where a stored member begins, and using
/// the member in place, in the mapped file, is the point. Knows ZIP64, stored and deflated members
/// (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3); encrypted and multi-disk archives, and other
/// compressions, are kUnsupported. Kept apart from what readers commonly let through: names that
/// repeat or that lead out of the archive ('..', absolute, backslashes, drives), members that
/// overlap, and a local header that disagrees with the directory are kMalformed.
///
/// Immutable after construction: any number of threads may read.
class ZipReader {
 public:
  using Entries = std::map<std::string, ZipEntry, std::less<>>;

  /// Reads the central directory only. Throws kMalformed or kUnsupported.
  explicit ZipReader(SharedBytes bytes);

  /// Whether the bytes begin like a ZIP archive.
  static bool looks_like_zip(std::span<const std::byte> bytes);

  const Entries& entries() const noexcept { return entries_; }
  bool contains(std::string_view name) const { return entries_.contains(name); }

  /// The unpacked bytes of a member, its CRC checked (which reads all of them once; pages of a
  /// mapped file leave the resident set again). A stored member shares the archive's bytes, a
  /// deflated one is a buffer of its own. Throws kNotFound for a name that is not there, kLimit for
  /// a size above `max_bytes`, kMalformed.
  SharedBytes read(std::string_view name, std::uint64_t max_bytes,
                   ZipCheck check = ZipCheck::kCrc) const;

  /// The bytes of a member as they stand in the archive, packed or not, and unchecked.
  SharedBytes raw(const ZipEntry& entry) const;

 private:
  SharedBytes bytes_;
  Entries entries_;
};

}  // namespace weir
