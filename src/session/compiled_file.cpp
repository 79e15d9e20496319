#include "session/compiled_file.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/byte_cursor.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "kernels/packed_layout.h"
#include "session/compiled_format.h"

namespace weir::session {

using namespace compiled_format;

struct CompiledFile::Header {
  std::uint32_t entries = 0;
  std::uint64_t directory_bytes = 0;
  std::uint32_t directory_crc = 0;
  std::uint64_t original_offset = 0;
  std::uint64_t original_bytes = 0;
};

namespace {

SharedBytes slice(const SharedBytes& file, std::uint64_t offset, std::uint64_t size) {
  require(offset <= file.bytes.size() && size <= file.bytes.size() - offset, ErrorCode::kMalformed,
          "{} bytes at offset {} do not lie in the file, which has {}", size, offset,
          file.bytes.size());
  return file.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// The header's bytes once it is known that they are one, of a version that is known.
ByteCursor checked_header(std::span<const std::byte> bytes) {
  ByteCursor start(bytes, "the header");
  start.skip(kMagic.size());
  const std::uint32_t version = start.u32();
  require(version == kVersion, ErrorCode::kUnsupported,
          "a compiled model of version {}, of which this program knows {}: compile it again",
          version, kVersion);
  const auto header = ByteCursor(bytes, "the header").take(kHeaderBytes);
  const std::size_t checked = kHeaderBytes - sizeof(std::uint32_t);
  ByteCursor end(header.subspan(checked), "the header");
  require(crc32_of(header.first(checked)) == end.u32(), ErrorCode::kMalformed,
          "the header is damaged: wrong checksum");
  return start;
}

}  // namespace

bool CompiledFile::looks_like(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes.begin(), [](char magic, std::byte byte) {
           return static_cast<std::byte>(magic) == byte;
         });
}

CompiledFile::CompiledFile(SharedBytes bytes) : bytes_(std::move(bytes)) {
  ByteCursor cursor = checked_header(bytes_.bytes);
  Header header;
  header.entries = cursor.u32();
  const std::uint64_t file_bytes = cursor.u64();
  require(file_bytes == bytes_.bytes.size(), ErrorCode::kMalformed,
          "the file has {} bytes, and should have {}: it is cut off, or something follows",
          bytes_.bytes.size(), file_bytes);
  header.directory_bytes = cursor.u64();
  header.directory_crc = cursor.u32();
  original_crc_ = cursor.u32();
  header.original_offset = cursor.u64();
  header.original_bytes = cursor.u64();
  isa_ = cursor.text(kIsaBytes).c_str();  // Up to the zeros that fill it up.
  original_ = slice(bytes_, header.original_offset, header.original_bytes);
  read_directory(header);
}

void CompiledFile::read_directory(const Header& header) {
  const SharedBytes directory = slice(bytes_, kHeaderBytes, header.directory_bytes);
  require(crc32_of(directory.bytes) == header.directory_crc, ErrorCode::kMalformed,
          "the directory is damaged: wrong checksum");
  ByteCursor cursor(directory.bytes, "the directory");
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    const std::uint64_t offset = cursor.u64();
    PackedRecord record;
    record.data = slice(bytes_, offset, cursor.u64());
    record.crc32 = cursor.u32();
    record.layout = cursor.u32();
    const std::string name = cursor.text(cursor.u32());
    require(offset % kWeightAlignment == 0, ErrorCode::kMalformed,
            "the weight '{}' lies at offset {}, which is not aligned", name, offset);
    require(weights_.emplace(name, std::move(record)).second, ErrorCode::kMalformed,
            "two weights are called '{}'", name);
  }
  require(cursor.left() == 0, ErrorCode::kMalformed, "{} bytes follow the directory's last entry",
          cursor.left());
  check_disjoint(kHeaderBytes + header.directory_bytes);
}

void CompiledFile::check_disjoint(std::uint64_t directory_end) const {
  std::vector<std::span<const std::byte>> parts = {
      bytes_.bytes.first(static_cast<std::size_t>(directory_end)), original_.bytes};
  for (const auto& [name, record] : weights_) parts.push_back(record.data.bytes);
  std::ranges::sort(parts, {}, [](const auto& part) { return part.data(); });
  for (std::size_t i = 1; i < parts.size(); ++i) {
    require(parts[i - 1].data() + parts[i - 1].size() <= parts[i].data(), ErrorCode::kMalformed,
            "parts of the file overlap at offset {}", parts[i].data() - bytes_.bytes.data());
  }
}

graph::PackedWeights::Entries CompiledFile::usable() const {
  graph::PackedWeights::Entries entries;
  for (const auto& [name, record] : weights_) {
    if (record.layout == kernels::kPackedLayout) entries.emplace(name, record.data);
  }
  return entries;
}

void CompiledFile::verify() const {
  require(crc32_of(original_) == original_crc_, ErrorCode::kMalformed,
          "the Keras model in it is damaged: wrong checksum");
  for (const auto& [name, record] : weights_) {
    require(crc32_of(record.data) == record.crc32, ErrorCode::kMalformed,
            "the packed weight '{}' is damaged: wrong checksum", name);
  }
}

}  // namespace weir::session
