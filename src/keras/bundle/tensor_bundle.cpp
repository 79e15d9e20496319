#include "keras/bundle/tensor_bundle.h"

#include <optional>
#include <utility>

#include "base/checked.h"
#include "keras/bundle/table.h"
#include "keras/bundle/wire.h"

namespace weir::bundle {
namespace {

using Bytes = std::span<const std::byte>;

/// Of `types.proto`.
constexpr std::uint64_t kText = 7;

std::optional<DType> dtype_of(std::uint64_t type) {
  switch (type) {
    case 1:
      return DType::kFloat32;
    case 2:
      return DType::kFloat64;
    case 3:
      return DType::kInt32;
    case 4:
      return DType::kUInt8;
    case 5:
      return DType::kInt16;
    case 6:
      return DType::kInt8;
    case 9:
      return DType::kInt64;
    case 10:
      return DType::kBool;
    case 14:
      return DType::kBFloat16;
    case 17:
      return DType::kUInt16;
    case 19:
      return DType::kFloat16;
    case 22:
      return DType::kUInt32;
    case 23:
      return DType::kUInt64;
    default:
      return std::nullopt;
  }
}

/// TensorShapeProto: a list of axes, each with its size in a message of its own.
Shape read_shape(Bytes message) {
  Shape shape;
  for (MessageReader reader(message); reader.next();) {
    if (reader.field() != 2) continue;
    std::uint64_t size = 0;
    for (MessageReader axis(reader.bytes()); axis.next();) {
      if (axis.field() == 1) size = axis.number();
    }
    require(shape.rank() < Shape::kMaxRank, ErrorCode::kUnsupported, "it has more than {} axes",
            Shape::kMaxRank);
    shape.push_back(checked_cast<std::int64_t>(size));
  }
  return shape;
}

}  // namespace

/// BundleEntryProto.
struct TensorBundle::Entry {
  std::uint64_t dtype = 0;
  Shape shape;
  std::uint32_t shard = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool is_split = false;
};

TensorBundle::TensorBundle(const SharedBytes& index, OpenShard open_shard)
    : index_(index), entries_(read_table(index.bytes)), open_shard_(std::move(open_shard)) {
  const auto header = entries_.find("");
  require(header != entries_.end(), ErrorCode::kMalformed, "the table has no header");
  for (MessageReader reader(header->second); reader.next();) {
    if (reader.field() == 1) shard_count_ = checked_cast<std::uint32_t>(reader.number());
    require(reader.field() != 2 || reader.number() == 0, ErrorCode::kUnsupported,
            "its numbers begin at the other end");
  }
}

TensorBundle::Entry TensorBundle::entry(const std::string& key) const {
  const auto found = entries_.find(key);
  require(found != entries_.end(), ErrorCode::kMalformed, "there is no tensor '{}'", key);
  Entry entry;
  for (MessageReader reader(found->second); reader.next();) {
    switch (reader.field()) {
      case 1:
        entry.dtype = reader.number();
        break;
      case 2:
        entry.shape = read_shape(reader.bytes());
        break;
      case 3:
        entry.shard = checked_cast<std::uint32_t>(reader.number());
        break;
      case 4:
        entry.offset = reader.number();
        break;
      case 5:
        entry.size = reader.number();
        break;
      case 7:
        entry.is_split = true;
        break;
      default:
        break;
    }
  }
  require(!entry.is_split, ErrorCode::kUnsupported,
          "the variable is split over several tensors; save the model as .keras");
  return entry;
}

SharedBytes TensorBundle::data_of(const Entry& entry) {
  require(entry.shard < shard_count_, ErrorCode::kMalformed, "there is no shard {}", entry.shard);
  auto shard = shards_.find(entry.shard);
  if (shard == shards_.end()) {
    shard = shards_.emplace(entry.shard, open_shard_(entry.shard, shard_count_)).first;
  }
  const SharedBytes& file = shard->second;
  require(entry.offset <= file.bytes.size() && entry.size <= file.bytes.size() - entry.offset,
          ErrorCode::kMalformed, "{} bytes at offset {} do not lie in the shard, which has {}",
          entry.size, entry.offset, file.bytes.size());
  return file.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
}

keras::WeightRecord TensorBundle::read(const std::string& key) {
  const Entry found = entry(key);
  const auto dtype = dtype_of(found.dtype);
  require(dtype.has_value(), ErrorCode::kUnsupported, "its elements are of no type that is known");
  const auto elements = static_cast<std::uint64_t>(found.shape.elements());
  require(checked_mul<std::uint64_t>(elements, size_of(*dtype)) == found.size,
          ErrorCode::kMalformed, "it has {} bytes, which do not fit the shape {}", found.size,
          to_string(found.shape));
  return {key, *dtype, found.shape, data_of(found)};
}

/// The lengths of all texts, their checksum, the texts.
SharedBytes TensorBundle::read_text(const std::string& key) {
  const Entry found = entry(key);
  require(found.dtype == kText && found.shape.rank() == 0, ErrorCode::kMalformed, "'{}' is no text",
          key);
  const SharedBytes data = data_of(found);
  ByteCursor cursor(data.bytes, "the text");
  const std::uint64_t length = read_varint(cursor);
  cursor.skip(sizeof(std::uint32_t));
  require(cursor.left() == length, ErrorCode::kMalformed, "the text has {} bytes, not {}",
          cursor.left(), length);
  return data.subspan(data.bytes.size() - cursor.left(), cursor.left());
}

}  // namespace weir::bundle
