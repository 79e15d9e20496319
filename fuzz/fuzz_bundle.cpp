#include <string>
#include <vector>

#include "base/byte_cursor.h"
#include "harness.h"
#include "keras/bundle/crc32c.h"
#include "keras/bundle/object_graph.h"
#include "keras/bundle/table.h"
#include "keras/saved_model.h"

namespace {

using Bytes = std::span<const std::byte>;
using weir::SharedBytes;

void add(std::vector<std::byte>& out, std::uint64_t number, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::byte>(number >> 8 * i));
}

void add_varint(std::vector<std::byte>& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<std::byte>(number | 0x80));
  out.push_back(static_cast<std::byte>(number));
}

void add_block(std::vector<std::byte>& out, Bytes block) {
  const std::size_t start = out.size();
  out.insert(out.end(), block.begin(), block.end());
  out.push_back(std::byte{0});
  add(out, weir::bundle::masked_crc32c(Bytes(out).subspan(start)), 4);
}

std::vector<std::byte> handle(std::uint64_t offset, std::uint64_t size) {
  std::vector<std::byte> bytes;
  add_varint(bytes, offset);
  add_varint(bytes, size);
  return bytes;
}

/// A table of one block, which the checksum would keep a fuzzer from.
std::vector<std::byte> table_of(Bytes block) {
  std::vector<std::byte> table;
  add_block(table, block);
  const std::vector<std::byte> place = handle(0, block.size());
  std::vector<std::byte> index = {std::byte{0}, std::byte{0}, static_cast<std::byte>(place.size())};
  index.insert(index.end(), place.begin(), place.end());
  add(index, 0, 4);
  const std::uint64_t index_offset = table.size();
  add_block(table, index);
  std::vector<std::byte> footer = handle(0, 0);
  const std::vector<std::byte> last = handle(index_offset, index.size());
  footer.insert(footer.end(), last.begin(), last.end());
  footer.resize(40);
  add(footer, 0xdb4775248b80fb57, 8);
  table.insert(table.end(), footer.begin(), footer.end());
  return table;
}

/// Two lengths, then the three files of a SavedModel: metadata, a block of the index, the shard.
void read_folder(Bytes bytes) {
  weir::ByteCursor cursor(bytes, "the input");
  const std::uint32_t metadata_bytes = cursor.u32();
  const std::uint32_t block_bytes = cursor.u32();
  const Bytes metadata = cursor.take(metadata_bytes);
  const std::vector<std::byte> index = table_of(cursor.take(block_bytes));
  const Bytes shard = cursor.take(cursor.left());
  weir::keras::read_saved_model([&](const std::string& name) {
    if (name == weir::keras::kSavedModelMetadata) return weir::borrow_bytes(metadata);
    return weir::borrow_bytes(name.ends_with(".index") ? Bytes(index) : shard);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = weir::fuzz_bytes(data, size).bytes;
  weir::only_errors([&] { weir::bundle::read_table(bytes); });
  weir::only_errors([&] { weir::bundle::read_table(table_of(bytes)); });
  weir::only_errors([&] { weir::bundle::read_object_graph(bytes); });
  weir::only_errors([&] { read_folder(bytes); });
  return 0;
}
