#include "base/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "base/byte_builder.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "base/zip_format.h"

namespace weir {
namespace {

constexpr std::uint64_t kZip64EndSize = 44;  // Of what follows its signature and this size.
constexpr std::uint32_t kTooLarge = 0xffffffff;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kVersion = 45;  // The first with ZIP64.
constexpr std::uint16_t kMadeByUnix = 3 << 8 | kVersion;
constexpr std::uint16_t kUtf8Names = 1 << 11;
constexpr std::uint16_t kStored = 0;
constexpr std::uint32_t kFirstDay = 0x00210000;  // 1 January 1980: the same data, the same file.
constexpr std::uint32_t kPlainFile = 0100644u << 16;

std::uint32_t checksum(const TemporaryFile& content) {
  std::vector<std::byte> step(std::size_t{1} << 20);
  uLong crc = 0;
  std::uint64_t at = 0;
  while (const std::size_t count = content.read_at(at, step)) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(step.data()), count);
    at += count;
  }
  return static_cast<std::uint32_t>(crc);
}

std::uint16_t size16(const std::string& text) { return checked_cast<std::uint16_t>(text.size()); }

std::uint32_t size32(std::uint64_t size, bool is_zip64) {
  return is_zip64 ? kTooLarge : static_cast<std::uint32_t>(size);
}

}  // namespace

void ZipWriter::write(const std::string& record) {
  file_.write(std::as_bytes(std::span(record)));
  position_ += record.size();
}

void ZipWriter::add(std::string_view name, const TemporaryFile& content) {
  begin({std::string(name), checksum(content), content.size(), position_});
  content.copy_to(file_);
  position_ += content.size();
}

void ZipWriter::add(std::string_view name, const SharedBytes& content) {
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  const std::span<const std::byte> bytes = content.bytes;
  begin({std::string(name), crc32_of(content), bytes.size(), position_});
  for (std::size_t done = 0; done < bytes.size(); done += kPiece) {
    const auto piece = bytes.subspan(done, std::min(kPiece, bytes.size() - done));
    file_.write(piece);
    if (content.mapped) drop_pages(piece);
  }
  position_ += bytes.size();
}

void ZipWriter::begin(const Member& member) {
  const bool is_zip64 = member.size >= kTooLarge;
  ByteBuilder extra;
  if (is_zip64) extra.add(kZip64Field, std::uint16_t{16}, member.size, member.size);
  ByteBuilder header;
  header.add(zip::kLocalHeader, kVersion, kUtf8Names, kStored, kFirstDay, member.crc)
      .add(size32(member.size, is_zip64), size32(member.size, is_zip64))
      .add(size16(member.name), size16(extra.text()))
      .add(member.name)
      .add(extra.text());
  write(header.text());
  members_.push_back(member);
}

void ZipWriter::finish() {
  const std::uint64_t directory = position_;
  for (const Member& member : members_) {
    const bool is_zip64 = member.size >= kTooLarge || member.offset >= kTooLarge;
    ByteBuilder extra;
    if (is_zip64) {
      extra.add(kZip64Field, std::uint16_t{24}, member.size, member.size, member.offset);
    }
    constexpr std::uint16_t kNoComment = 0, kFirstDisk = 0, kBinary = 0;
    ByteBuilder header;
    header
        .add(zip::kCentralHeader, kMadeByUnix, kVersion, kUtf8Names, kStored, kFirstDay, member.crc)
        .add(size32(member.size, is_zip64), size32(member.size, is_zip64))
        .add(size16(member.name), size16(extra.text()), kNoComment, kFirstDisk, kBinary)
        .add(kPlainFile, size32(member.offset, is_zip64))
        .add(member.name)
        .add(extra.text());
    write(header.text());
  }
  const std::uint64_t end = position_;
  const std::uint64_t size = end - directory;
  const std::uint64_t count = members_.size();
  const bool is_zip64 = end >= kTooLarge;
  constexpr std::uint32_t kDisk = 0, kDisks = 1;
  ByteBuilder tail;
  if (is_zip64) {
    tail.add(zip::kZip64EndOfDirectory, kZip64EndSize, kMadeByUnix, kVersion, kDisk, kDisk)
        .add(count, count, size, directory)
        .add(zip::kZip64Locator, kDisk, end, kDisks);
  }
  const auto short_count = checked_cast<std::uint16_t>(count);
  tail.add(zip::kEndOfDirectory, kDisk, short_count, short_count)
      .add(size32(size, is_zip64), size32(directory, is_zip64), std::uint16_t{0});
  write(tail.text());
}

}  // namespace weir
