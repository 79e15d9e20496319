#include "keras/hdf5/attribute.h"

#include <algorithm>

#include "base/checked.h"
#include "keras/hdf5/dense.h"

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 attribute";
constexpr std::uint8_t kSharedParts = 0x03;

/// Version 1 pads each part to a multiple of eight bytes.
std::span<const std::byte> take_part(ByteCursor& cursor, std::size_t size, bool padded) {
  const auto part = cursor.take(size);
  if (padded) cursor.skip(align_up(size, 8) - size);
  return part;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view up_to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string trim(std::span<const std::byte> bytes, bool space_padded) {
  std::string_view text = up_to_nul(as_text(bytes));
  if (space_padded) text = text.substr(0, text.find_last_not_of(' ') + 1);
  return std::string(text);
}

std::string read_variable_string(Image& image, GlobalHeap& heap, ByteCursor& cursor) {
  const std::uint32_t size = cursor.u32();
  const auto collection = image.read_address(cursor);
  const std::uint32_t index = cursor.u32();
  if (size == 0) return {};
  require(collection.has_value(), ErrorCode::kMalformed, "HDF5: a string that is nowhere");
  const auto object = heap.object(*collection, index);
  require(size <= object.size(), ErrorCode::kMalformed, "HDF5: a string longer than its storage");
  image.charge_metadata(size);
  return std::string(up_to_nul(as_text(object.first(size))));
}

}  // namespace

void add_attribute(Image& image, std::span<const std::byte> body, Attributes& attributes) {
  ByteCursor cursor(body, kWhat);
  const unsigned version = cursor.u8();
  require(version >= 1 && version <= 3, ErrorCode::kMalformed, "HDF5: attribute version {}",
          version);
  const std::uint8_t flags = cursor.u8();
  const std::size_t name_size = cursor.u16();
  const std::size_t type_size = cursor.u16();
  const std::size_t space_size = cursor.u16();
  if (version == 3) cursor.skip(1);
  const bool padded = version == 1;
  const std::string name = trim(take_part(cursor, name_size, padded), false);
  if (version > 1 && (flags & kSharedParts) != 0) return;
  Attribute attribute;
  attribute.type = read_datatype({take_part(cursor, type_size, padded), "HDF5 datatype"});
  const auto dims =
      read_dataspace(image, {take_part(cursor, space_size, padded), "HDF5 dataspace"});
  attribute.elements = dims ? count_elements(*dims) : 0;
  attribute.data = cursor.take(checked_mul<std::uint64_t>(attribute.elements, attribute.type.size));
  attributes.insert_or_assign(name, attribute);
}

Attributes read_attributes(Image& image, const Messages& messages) {
  Attributes attributes;
  for (const Message& message : messages) {
    if (message.shared) continue;
    if (message.type == MessageType::kAttribute) add_attribute(image, message.body, attributes);
    if (message.type == MessageType::kAttributeInfo) {
      read_dense_attributes(image, message.body, attributes);
    }
  }
  return attributes;
}

std::optional<std::vector<std::string>> read_strings(Image& image, GlobalHeap& heap,
                                                     const Attribute& attribute) {
  const bool fixed = attribute.type.kind == Datatype::Kind::kFixedString;
  if (attribute.elements == 0) return std::vector<std::string>{};
  if (!fixed && attribute.type.kind != Datatype::Kind::kVariableString) return std::nullopt;
  std::vector<std::string> strings;
  ByteCursor cursor(attribute.data, kWhat);
  for (std::uint64_t i = 0; i < attribute.elements; ++i) {
    strings.push_back(fixed ? trim(cursor.take(attribute.type.size), attribute.type.space_padded)
                            : read_variable_string(image, heap, cursor));
  }
  return strings;
}

}  // namespace weir::hdf5
