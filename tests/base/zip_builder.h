#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"

namespace weir {

/// Writes ZIP archives, good and bad, for tests. Members are as given: nothing is checked.
class ZipBuilder {
 public:
  struct Member {
    std::string name;
    std::string packed;
    std::uint16_t method = 0;
    std::uint32_t size = 0;
    std::uint32_t crc = 0;
    std::uint16_t flags = 0;
    std::string local_name;    ///< In the local header, when it is to differ.
    std::uint32_t offset = 0;  ///< In the directory, when it is to lie.
  };

  static Member stored(std::string name, std::string_view data) {
    return {.name = std::move(name),
            .packed = std::string(data),
            .size = static_cast<std::uint32_t>(data.size()),
            .crc = crc_of(data),
            .local_name = {}};
  }

  static Member deflated(std::string name, std::string_view data) {
    Member member = stored(std::move(name), data);
    member.method = 8;
    member.packed = deflate_raw(data);
    return member;
  }

  ZipBuilder& add(const Member& member) {
    const std::uint32_t offset =
        member.offset != 0 ? member.offset : static_cast<std::uint32_t>(bytes_.size());
    const std::string& local = member.local_name.empty() ? member.name : member.local_name;
    bytes_ += number(0x04034b50, 4) + number(20, 2) + fields(member) + number(local.size(), 2) +
              number(0, 2) + local + member.packed;
    directory_ += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + fields(member) +
                  number(member.name.size(), 2) + number(0, 2) + number(0, 2) + number(0, 2) +
                  number(0, 2) + number(0, 4) + number(offset, 4) + member.name;
    ++members_;
    return *this;
  }

  std::string finish(std::string_view comment = {}) const {
    return bytes_ + directory_ + number(0x06054b50, 4) + number(0, 4) + number(members_, 2) +
           number(members_, 2) + number(directory_.size(), 4) + number(bytes_.size(), 4) +
           number(comment.size(), 2) + std::string(comment);
  }

  static std::string number(std::uint64_t value, int width) {
    std::string bytes;
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
  }

 private:
  static std::uint32_t crc_of(std::string_view data) {
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  }

  static std::string deflate_raw(std::string_view data) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, data.size()), '\0');
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  }

  static std::string fields(const Member& member) {
    return number(member.flags, 2) + number(member.method, 2) + number(0, 4) +
           number(member.crc, 4) + number(member.packed.size(), 4) + number(member.size, 4);
  }

  std::string bytes_;
  std::string directory_;
  std::uint64_t members_ = 0;
};

inline SharedBytes borrow_text(std::string_view text) {
  return borrow_bytes(std::as_bytes(std::span(text)));
}

}  // namespace weir
