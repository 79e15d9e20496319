#include "base/zip_reader.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/byte_cursor.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "base/inflate.h"
#include "base/memory.h"
#include "base/zip_format.h"

namespace weir {
namespace {

constexpr std::size_t kLocalHeaderSize = 30;
constexpr std::size_t kCentralHeaderSize = 46;
constexpr std::size_t kEndOfDirectorySize = 22;
constexpr std::size_t kZip64EndOfDirectorySize = 56;
constexpr std::size_t kZip64LocatorSize = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint16_t kZip64ExtraField = 1;
constexpr std::uint64_t kInZip64Field = 0xffffffff;  ///< A 32-bit size that does not fit.
constexpr std::uint16_t kEncryptedFlag = 1;

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

std::span<const std::byte> slice(std::span<const std::byte> bytes, std::uint64_t offset,
                                 std::uint64_t size) {
  require(offset <= bytes.size() && size <= bytes.size() - offset, ErrorCode::kMalformed,
          "ZIP: {} bytes at offset {} do not lie in the archive, which has {}", size, offset,
          bytes.size());
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// The record stands at the very end, followed only by a comment whose length it gives.
std::size_t find_end_of_directory(std::span<const std::byte> bytes) {
  require(bytes.size() >= kEndOfDirectorySize, ErrorCode::kMalformed,
          "ZIP: too short for an archive");
  const std::size_t last = bytes.size() - kEndOfDirectorySize;
  const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    ByteCursor record(bytes.subspan(at), "ZIP: end of central directory");
    if (record.u32() != zip::kEndOfDirectory) continue;
    record.skip(16);
    if (record.u16() == record.left()) return at;
  }
  fail(ErrorCode::kMalformed, "ZIP: no end of central directory: the archive is cut off");
}

std::optional<Directory> read_zip64_directory(std::span<const std::byte> bytes,
                                              std::size_t end_of_directory) {
  if (end_of_directory < kZip64LocatorSize) return std::nullopt;
  ByteCursor locator(bytes.subspan(end_of_directory - kZip64LocatorSize, kZip64LocatorSize),
                     "ZIP64 locator");
  if (locator.u32() != zip::kZip64Locator) return std::nullopt;
  locator.skip(4);
  ByteCursor record(slice(bytes, locator.u64(), kZip64EndOfDirectorySize),
                    "ZIP64 end of central directory");
  require(record.u32() == zip::kZip64EndOfDirectory, ErrorCode::kMalformed,
          "ZIP64 end of central directory: wrong signature");
  record.skip(20);
  const std::uint64_t entries_here = record.u64();
  Directory directory;
  directory.entries = record.u64();
  require(entries_here == directory.entries, ErrorCode::kUnsupported,
          "ZIP: archive spans several disks");
  directory.size = record.u64();
  directory.offset = record.u64();
  return directory;
}

Directory read_directory(std::span<const std::byte> bytes) {
  const std::size_t end = find_end_of_directory(bytes);
  if (const auto zip64 = read_zip64_directory(bytes, end)) return *zip64;
  ByteCursor record(bytes.subspan(end), "ZIP: end of central directory");
  record.skip(4);
  const std::uint32_t disks = record.u32();
  const std::uint16_t entries_here = record.u16();
  Directory directory;
  directory.entries = record.u16();
  require(disks == 0 && entries_here == directory.entries, ErrorCode::kUnsupported,
          "ZIP: archive spans several disks");
  directory.size = record.u32();
  directory.offset = record.u32();
  return directory;
}

/// Takes 64-bit values, in the order that the format fixes, for those that did not fit.
void read_extra_fields(std::span<const std::byte> extra, ZipEntry& entry) {
  ByteCursor fields(extra, "ZIP: extra field");
  while (fields.left() >= 4) {
    const std::uint16_t id = fields.u16();
    const std::uint16_t size = fields.u16();
    ByteCursor field(fields.take(size), "ZIP64 extra field");
    if (id != kZip64ExtraField) continue;
    for (std::uint64_t* value : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
      if (*value == kInZip64Field) *value = field.u64();
    }
  }
}

bool is_safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find_first_of("\\:") != name.npos ||
      name.find('\0') != name.npos) {
    return false;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

ZipEntry read_entry(ByteCursor& directory) {
  require(directory.u32() == zip::kCentralHeader, ErrorCode::kMalformed,
          "ZIP: wrong signature in the central directory");
  directory.skip(4);
  const std::uint16_t flags = directory.u16();
  const std::uint16_t method = directory.u16();
  directory.skip(4);
  ZipEntry entry;
  entry.crc32 = directory.u32();
  entry.compressed_size = directory.u32();
  entry.size = directory.u32();
  const std::uint16_t name_size = directory.u16();
  const std::uint16_t extra_size = directory.u16();
  const std::uint16_t comment_size = directory.u16();
  directory.skip(8);
  entry.header_offset = directory.u32();
  entry.name = directory.text(name_size);
  read_extra_fields(directory.take(extra_size), entry);
  directory.skip(comment_size);
  require(is_safe_name(entry.name), ErrorCode::kMalformed,
          "ZIP: member name '{}' leads out of the archive", entry.name);
  require((flags & kEncryptedFlag) == 0, ErrorCode::kUnsupported, "ZIP: member '{}' is encrypted",
          entry.name);
  require(method == 0 || method == 8, ErrorCode::kUnsupported,
          "ZIP: member '{}' uses compression method {}", entry.name, method);
  entry.deflated = method == 8;
  require(entry.deflated || entry.size == entry.compressed_size, ErrorCode::kMalformed,
          "ZIP: member '{}' is stored, but its sizes differ: {} and {}", entry.name,
          entry.compressed_size, entry.size);
  return entry;
}

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Where the packed bytes of a member lie; checks the local header against the directory's.
Extent data_extent(std::span<const std::byte> bytes, const ZipEntry& entry) {
  ByteCursor header(slice(bytes, entry.header_offset, kLocalHeaderSize), "ZIP: local header");
  require(header.u32() == zip::kLocalHeader, ErrorCode::kMalformed,
          "ZIP: member '{}' has no local header", entry.name);
  header.skip(4);
  const bool deflated = header.u16() == 8;
  header.skip(16);
  const std::uint16_t name_size = header.u16();
  const std::uint16_t extra_size = header.u16();
  ByteCursor name(slice(bytes, entry.header_offset + kLocalHeaderSize, name_size), "ZIP: name");
  require(name.text(name_size) == entry.name && deflated == entry.deflated, ErrorCode::kMalformed,
          "ZIP: the local header of member '{}' disagrees with the directory", entry.name);
  const std::uint64_t begin = entry.header_offset + kLocalHeaderSize + name_size + extra_size;
  slice(bytes, begin, entry.compressed_size);
  return {begin, begin + entry.compressed_size};
}

void check_disjoint(std::span<const std::byte> bytes, const ZipReader::Entries& entries,
                    std::uint64_t directory_offset) {
  std::vector<Extent> extents;
  extents.reserve(entries.size() + 1);
  for (const auto& [name, entry] : entries) {
    extents.push_back({entry.header_offset, data_extent(bytes, entry).end});
  }
  extents.push_back({directory_offset, directory_offset});
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    require(extents[i - 1].end <= extents[i].begin, ErrorCode::kMalformed,
            "ZIP: members overlap at offset {}", extents[i].begin);
  }
}

void check_crc(const SharedBytes& data, const ZipEntry& entry) {
  require(crc32_of(data) == entry.crc32, ErrorCode::kMalformed,
          "ZIP: member '{}' is damaged: wrong CRC", entry.name);
}

SharedBytes unpack(const SharedBytes& packed, const ZipEntry& entry) {
  auto buffer = std::make_shared<const AlignedBuffer>(checked_cast<std::size_t>(entry.size));
  const std::span<std::byte> output(buffer->data(), buffer->size());
  const std::size_t written = inflate_into(packed.bytes, DeflateFormat::kRaw, output);
  require(written == output.size(), ErrorCode::kMalformed,
          "ZIP: member '{}' unpacks to {} bytes, {} claimed", entry.name, written, entry.size);
  return {output, std::move(buffer)};
}

}  // namespace

ZipReader::ZipReader(SharedBytes bytes) : bytes_(std::move(bytes)) {
  const Directory directory = read_directory(bytes_.bytes);
  ByteCursor cursor(slice(bytes_.bytes, directory.offset, directory.size),
                    "ZIP: central directory");
  require(directory.entries <= directory.size / kCentralHeaderSize, ErrorCode::kMalformed,
          "ZIP: {} members claimed in a directory of {} bytes", directory.entries, directory.size);
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    ZipEntry entry = read_entry(cursor);
    const auto [at, is_new] = entries_.try_emplace(entry.name, entry);
    require(is_new, ErrorCode::kMalformed, "ZIP: two members are named '{}'", entry.name);
  }
  check_disjoint(bytes_.bytes, entries_, directory.offset);
}

bool ZipReader::looks_like_zip(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return false;
  const std::uint32_t signature = ByteCursor(bytes, "ZIP").u32();
  return signature == zip::kLocalHeader || signature == zip::kEndOfDirectory;
}

SharedBytes ZipReader::raw(const ZipEntry& entry) const {
  const Extent extent = data_extent(bytes_.bytes, entry);
  return bytes_.subspan(static_cast<std::size_t>(extent.begin),
                        static_cast<std::size_t>(extent.end - extent.begin));
}

SharedBytes ZipReader::read(std::string_view name, std::uint64_t max_bytes, ZipCheck check) const {
  const auto found = entries_.find(name);
  require(found != entries_.end(), ErrorCode::kNotFound, "ZIP: no member is named '{}'", name);
  const ZipEntry& entry = found->second;
  require(entry.size <= max_bytes, ErrorCode::kLimit,
          "ZIP: member '{}' unpacks to {} bytes, above the limit of {}", name, entry.size,
          max_bytes);
  const SharedBytes packed = raw(entry);
  SharedBytes data = entry.deflated ? unpack(packed, entry) : packed;
  if (check == ZipCheck::kCrc) check_crc(data, entry);
  return data;
}

}  // namespace weir
