#include "io/member_reader.h"

#include <zlib.h>

#include <algorithm>

#include "base/fail.h"
#include "io/read_behind.h"

namespace weir {
namespace {

// One call of zlib takes at most 32 bits' worth.
constexpr std::size_t kMaxStep = std::size_t{1} << 30;

class StoredReader final : public ByteReader {
 public:
  explicit StoredReader(SharedBytes bytes) : bytes_(std::move(bytes)), behind_(bytes_) {}

  std::size_t read_some(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.bytes.size() - at_);
    std::copy_n(bytes_.bytes.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    behind_.passed(at_);
    return count;
  }

 private:
  SharedBytes bytes_;
  ReadBehind behind_;
  std::size_t at_ = 0;
};

class InflateReader final : public ByteReader {
 public:
  explicit InflateReader(SharedBytes packed) : packed_(std::move(packed)), behind_(packed_) {
    // Negative: no zlib header, as in every ZIP member.
    require(inflateInit2(&stream_, -MAX_WBITS) == Z_OK, ErrorCode::kLimit,
            "no memory for unpacking");
  }
  ~InflateReader() override { inflateEnd(&stream_); }

  std::size_t read_some(std::span<std::byte> into) override {
    const std::size_t room = std::min(into.size(), kMaxStep);
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out == room && room > 0 && !is_done_) step();
    return room - stream_.avail_out;
  }

 private:
  void step() {
    const std::size_t given = std::min(packed_.bytes.size() - at_, kMaxStep);
    // zlib does not write to its input.
    stream_.next_in =
        const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed_.bytes.data() + at_));
    stream_.avail_in = static_cast<uInt>(given);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    require(result == Z_OK || result == Z_STREAM_END, ErrorCode::kMalformed,
            "its packed data are corrupt or cut short");
    is_done_ = result == Z_STREAM_END;
    at_ += given - stream_.avail_in;
    behind_.passed(at_);
  }

  SharedBytes packed_;
  ReadBehind behind_;
  std::size_t at_ = 0;
  z_stream stream_{};
  bool is_done_ = false;
};

// Holds a member to the size and the CRC that the archive says it has.
class CheckedReader final : public ByteReader {
 public:
  CheckedReader(std::unique_ptr<ByteReader> bytes, const ZipEntry& entry)
      : bytes_(std::move(bytes)), left_(entry.size), expected_crc_(entry.crc32) {}

  std::size_t read_some(std::span<std::byte> into) override {
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    if (room == 0) return 0;
    const std::size_t count = bytes_->read_some(into.first(room));
    require(count > 0, ErrorCode::kMalformed, "it is {} bytes shorter than the archive says",
            left_);
    crc_ = crc32_z(crc_, reinterpret_cast<const Bytef*>(into.data()), count);
    left_ -= count;
    if (left_ == 0) check_end();
    return count;
  }

 private:
  void check_end() {
    std::byte more{};
    require(bytes_->read_some({&more, 1}) == 0, ErrorCode::kMalformed,
            "it is longer than the archive says");
    require(crc_ == expected_crc_, ErrorCode::kMalformed,
            "its checksum is wrong: the archive is damaged");
  }

  std::unique_ptr<ByteReader> bytes_;
  std::uint64_t left_;
  uLong crc_ = 0;
  std::uint32_t expected_crc_;
};

}  // namespace

std::unique_ptr<ByteReader> read_member(const ZipReader& archive, const ZipEntry& entry) {
  SharedBytes raw = archive.raw(entry);
  std::unique_ptr<ByteReader> bytes;
  if (entry.deflated) {
    bytes = std::make_unique<InflateReader>(std::move(raw));
  } else {
    bytes = std::make_unique<StoredReader>(std::move(raw));
  }
  return std::make_unique<CheckedReader>(std::move(bytes), entry);
}

}  // namespace weir
