#include "keras/hdf5/datatype.h"

#include "base/checked.h"

namespace weir::hdf5 {
namespace {

enum class Class : std::uint8_t {
  kFixedPoint = 0,
  kFloat = 1,
  kString = 3,
  kOpaque = 5,
  kEnum = 8,
  kVariableLength = 9,
};

std::optional<DType> integer_dtype(std::size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? DType::kInt8 : DType::kUInt8;
    case 2:
      return is_signed ? DType::kInt16 : DType::kUInt16;
    case 4:
      return is_signed ? DType::kInt32 : DType::kUInt32;
    case 8:
      return is_signed ? DType::kInt64 : DType::kUInt64;
    default:
      return std::nullopt;
  }
}

std::optional<DType> float_dtype(std::size_t size, unsigned exponent_bits) {
  if (size == 2 && exponent_bits == 5) return DType::kFloat16;
  if (size == 2 && exponent_bits == 8) return DType::kBFloat16;
  if (size == 4 && exponent_bits == 8) return DType::kFloat32;
  if (size == 8 && exponent_bits == 11) return DType::kFloat64;
  return std::nullopt;
}

/// Only the common IEEE arrangements are numbers to us; bit offsets and odd precisions are not.
std::optional<DType> read_float(ByteCursor& properties, std::size_t size) {
  const unsigned bit_offset = properties.u16();
  const unsigned precision = properties.u16();
  properties.skip(1);
  const unsigned exponent_bits = properties.u8();
  if (bit_offset != 0 || precision != 8 * size) return std::nullopt;
  return float_dtype(size, exponent_bits);
}

}  // namespace

Datatype read_datatype(ByteCursor cursor) {
  const auto kind = static_cast<Class>(cursor.u8() & 0x0f);
  const std::uint64_t bits = cursor.number(3);
  Datatype type;
  type.size = cursor.u32();
  const bool big_endian = (bits & 1) != 0;
  switch (kind) {
    case Class::kFixedPoint:
      type.kind = Datatype::Kind::kNumber;
      if (!big_endian) type.dtype = integer_dtype(type.size, (bits & 8) != 0);
      break;
    case Class::kFloat:
      type.kind = Datatype::Kind::kNumber;
      if (!big_endian) type.dtype = read_float(cursor, type.size);
      break;
    case Class::kEnum:  // How h5py stores booleans.
      type.kind = Datatype::Kind::kNumber;
      if (type.size == 1) type.dtype = DType::kBool;
      break;
    case Class::kString:
      type.kind = Datatype::Kind::kFixedString;
      type.space_padded = (bits & 0x0f) == 2;
      break;
    case Class::kVariableLength:
      if ((bits & 0x0f) == 1) type.kind = Datatype::Kind::kVariableString;
      break;
    case Class::kOpaque:
      type.kind = Datatype::Kind::kOpaque;
      break;
    default:
      break;
  }
  require(type.size > 0, ErrorCode::kMalformed, "HDF5: elements of no size");
  return type;
}

std::optional<std::vector<std::uint64_t>> read_dataspace(const Image& image, ByteCursor cursor) {
  const unsigned version = cursor.u8();
  require(version == 1 || version == 2, ErrorCode::kMalformed, "HDF5: dataspace version {}",
          version);
  const std::size_t rank = cursor.u8();
  cursor.skip(1);
  const unsigned type = cursor.u8();
  if (version == 1) cursor.skip(4);
  if (version == 2 && type == 2) return std::nullopt;
  std::vector<std::uint64_t> dims(rank);
  for (auto& dim : dims) dim = image.read_length(cursor);
  return dims;
}

std::uint64_t count_elements(const std::vector<std::uint64_t>& dims) {
  std::uint64_t count = 1;
  for (const std::uint64_t dim : dims) count = checked_mul(count, dim);
  return count;
}

}  // namespace weir::hdf5
