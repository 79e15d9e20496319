#include "keras/hdf5/links.h"

#include "keras/hdf5/dense.h"
#include "keras/hdf5/symbol_table.h"

namespace weir::hdf5 {

void add_link(Image& image, std::span<const std::byte> body, Links& links) {
  ByteCursor cursor(body, "HDF5 link");
  const unsigned version = cursor.u8();
  require(version == 1, ErrorCode::kMalformed, "HDF5: link message version {}", version);
  const std::uint8_t flags = cursor.u8();
  const unsigned type = flags & 0x08 ? cursor.u8() : 0;
  if (flags & 0x04) cursor.skip(8);  // Creation order.
  if (flags & 0x10) cursor.skip(1);  // Character set.
  const std::uint64_t name_size = cursor.number(std::size_t{1} << (flags & 3));
  image.charge_metadata(name_size);
  std::string name = cursor.text(name_size);
  const auto target = type == 0 ? image.read_address(cursor) : std::nullopt;
  const auto [at, is_new] = links.try_emplace(std::move(name), target);
  require(is_new, ErrorCode::kMalformed, "HDF5: two links of a group are named '{}'", at->first);
}

Links read_links(Image& image, const Messages& messages) {
  Links links;
  for (const Message& message : messages) {
    switch (message.type) {
      case MessageType::kSymbolTable:
        read_symbol_table(image, message.body, links);
        break;
      case MessageType::kLink:
        add_link(image, message.body, links);
        break;
      case MessageType::kLinkInfo:
        read_dense_links(image, message.body, links);
        break;
      default:
        break;
    }
  }
  return links;
}

}  // namespace weir::hdf5
