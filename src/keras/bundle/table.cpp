#include "keras/bundle/table.h"

#include "base/byte_cursor.h"
#include "keras/bundle/crc32c.h"
#include "keras/bundle/wire.h"

namespace weir::bundle {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kMagic = 0xdb4775248b80fb57;
constexpr std::size_t kFooterBytes = 48;
/// Keys are told by what they share with the one before, so few bytes may make many.
constexpr std::size_t kMostKeyBytes = std::size_t{64} << 20;

/// Where a block lies.
struct Handle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

Handle read_handle(ByteCursor& cursor) {
  const std::uint64_t offset = read_varint(cursor);
  return {offset, read_varint(cursor)};
}

/// The block's contents, behind which are one byte for the packing and the checksum of both.
Bytes read_block(Bytes file, const Handle& handle) {
  ByteCursor cursor(file, "the table");
  cursor.skip(handle.offset);
  const Bytes contents = cursor.take(handle.size);
  const bool is_packed = cursor.u8() != 0;
  const Bytes checked(contents.data(), contents.size() + 1);
  require(cursor.u32() == masked_crc32c(checked), ErrorCode::kMalformed,
          "the table is damaged: wrong checksum");
  require(!is_packed, ErrorCode::kUnsupported, "the table's blocks are packed");
  return contents;
}

/// A block's entries, one after the other; at the end of the block are the places of some of them,
/// for whoever searches.
class BlockReader {
 public:
  explicit BlockReader(Bytes block) : cursor_(entries_of(block), "a block") {}

  bool next() {
    if (cursor_.left() == 0) return false;
    const std::uint64_t shared = read_varint(cursor_);
    const std::uint64_t own = read_varint(cursor_);
    const std::uint64_t value = read_varint(cursor_);
    require(shared <= key_.size(), ErrorCode::kMalformed, "a key shares more than there is");
    key_.resize(static_cast<std::size_t>(shared));
    key_ += cursor_.text(own);
    value_ = cursor_.take(value);
    return true;
  }
  const std::string& key() const { return key_; }
  Bytes value() const { return value_; }

 private:
  static Bytes entries_of(Bytes block) {
    constexpr std::size_t kWidth = sizeof(std::uint32_t);
    require(block.size() >= kWidth, ErrorCode::kMalformed, "a block is cut off");
    const std::uint64_t places = ByteCursor(block.last(kWidth), "a block").u32();
    require(places < block.size() / kWidth, ErrorCode::kMalformed, "a block is cut off");
    return block.first(block.size() - kWidth * static_cast<std::size_t>(places + 1));
  }

  ByteCursor cursor_;
  std::string key_;
  Bytes value_;
};

Handle index_of(Bytes file) {
  require(file.size() >= kFooterBytes, ErrorCode::kMalformed, "is no table of tensors");
  ByteCursor footer(file.last(kFooterBytes), "the footer");
  require(ByteCursor(file.last(sizeof(kMagic)), "the footer").u64() == kMagic,
          ErrorCode::kMalformed, "is no table of tensors");
  read_handle(footer);  // Of what filters may add, which none does.
  return read_handle(footer);
}

}  // namespace

std::map<std::string, Bytes> read_table(Bytes file) {
  std::map<std::string, Bytes> entries;
  std::size_t key_bytes = 0;
  for (BlockReader index(read_block(file, index_of(file))); index.next();) {
    ByteCursor handle(index.value(), "a handle");
    for (BlockReader block(read_block(file, read_handle(handle))); block.next();) {
      key_bytes += block.key().size();
      require(key_bytes <= kMostKeyBytes, ErrorCode::kLimit, "its keys have more than {} bytes",
              kMostKeyBytes);
      require(entries.empty() || entries.rbegin()->first < block.key(), ErrorCode::kMalformed,
              "the table's keys are out of order");
      entries.emplace_hint(entries.end(), block.key(), block.value());
    }
  }
  return entries;
}

}  // namespace weir::bundle
