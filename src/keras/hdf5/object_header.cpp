#include "keras/hdf5/object_header.h"

#include <deque>

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 object header";
constexpr std::size_t kMostMessages = 1 << 16;
constexpr std::uint8_t kSharedFlag = 0x02;

/// A run of messages that was announced and is not read yet.
struct Block {
  Address address;
  std::uint64_t size;
};

class HeaderReader {
 public:
  explicit HeaderReader(Image& image) : image_(image) {}

  Messages read(Address address) {
    ByteCursor start = image_.metadata_from(address, kWhat);
    if (start.left() >= 4 && ByteCursor(start).text(4) == "OHDR") {
      read_v2(start, address);
    } else {
      read_v1(start, address);
    }
    return std::move(messages_);
  }

 private:
  void read_v1(ByteCursor prefix, Address address) {
    constexpr std::uint64_t kPrefixSize = 16;
    const unsigned version = prefix.u8();
    require(version == 1, ErrorCode::kMalformed, "HDF5: object header version {} at address {}",
            version, address);
    prefix.skip(1 + 2 + 4);
    pending_.push_back({address + kPrefixSize, prefix.u32()});
    while (!pending_.empty()) {
      ByteCursor block = next_block();
      while (block.left() >= 8) read_message_v1(block);
    }
  }

  void read_message_v1(ByteCursor& block) {
    const std::uint16_t type = block.u16();
    const std::uint16_t size = block.u16();
    const std::uint8_t flags = block.u8();
    block.skip(3);
    add(type, flags, block.take(size));
  }

  void read_v2(ByteCursor prefix, Address address) {
    const std::size_t whole = prefix.left();
    Image::expect(prefix, "OHDR", kWhat);
    const unsigned version = prefix.u8();
    require(version == 2, ErrorCode::kMalformed, "HDF5: object header version {}", version);
    const std::uint8_t flags = prefix.u8();
    if (flags & 0x20) prefix.skip(4 * 4);  // Times.
    if (flags & 0x10) prefix.skip(2 + 2);  // Limits of compact attribute storage.
    const std::uint64_t size = prefix.number(std::size_t{1} << (flags & 3));
    pending_.push_back({address + (whole - prefix.left()), size});
    bool first = true;
    while (!pending_.empty()) {
      ByteCursor block = next_block();
      if (!first) {
        Image::expect(block, "OCHK", "an object header's continuation");
        block = ByteCursor(block.take(block.left() < 4 ? 0 : block.left() - 4), kWhat);
      }
      first = false;
      while (block.left() >= 4) read_message_v2(block, (flags & 0x04) != 0);
    }
  }

  void read_message_v2(ByteCursor& block, bool has_creation_order) {
    const std::uint8_t type = block.u8();
    const std::uint16_t size = block.u16();
    const std::uint8_t flags = block.u8();
    if (has_creation_order) block.skip(2);
    add(type, flags, block.take(size));
  }

  ByteCursor next_block() {
    const Block block = pending_.front();
    pending_.pop_front();
    return image_.metadata(block.address, block.size, kWhat);
  }

  void add(std::uint16_t type, std::uint8_t flags, std::span<const std::byte> body) {
    const auto kind = static_cast<MessageType>(type);
    if (kind == MessageType::kContinuation) {
      ByteCursor target(body, kWhat);
      const auto address = image_.read_address(target);
      require(address.has_value(), ErrorCode::kMalformed,
              "HDF5: an object header continues nowhere");
      pending_.push_back({*address, image_.read_length(target)});
      return;
    }
    require(messages_.size() < kMostMessages, ErrorCode::kMalformed,
            "HDF5: an object has more than {} messages", kMostMessages);
    messages_.push_back({kind, (flags & kSharedFlag) != 0, body});
  }

  Image& image_;
  std::deque<Block> pending_;
  Messages messages_;
};

}  // namespace

Messages read_object_header(Image& image, Address address) {
  return HeaderReader(image).read(address);
}

const Message* find_message(const Messages& messages, MessageType type) {
  for (const Message& message : messages) {
    if (message.type != type) continue;
    require(!message.shared, ErrorCode::kUnsupported, "HDF5: a shared header message (type {})",
            static_cast<unsigned>(type));
    return &message;
  }
  return nullptr;
}

}  // namespace weir::hdf5
