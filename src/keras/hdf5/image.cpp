#include "keras/hdf5/image.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/checked.h"

namespace weir::hdf5 {
namespace {

constexpr std::array<unsigned char, 8> kSignature = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
/// A user block may come first: the signature stands at 0, 512, 1024, 2048, …
constexpr std::size_t kFirstUserBlock = 512;

/// A structure is read a handful of times at most; the constant is for small files, whose
/// structures are mostly reserved room.
constexpr std::uint64_t kMetadataCredit = std::uint64_t{4} << 20;
constexpr std::uint64_t kMetadataCreditPerByte = 8;
constexpr std::uint64_t kDataCredit = std::uint64_t{64} << 20;
constexpr std::uint64_t kDataCreditPerByte = 16;
/// What even an empty structure costs.
constexpr std::uint64_t kLeastCharge = 32;
/// The kernel makes some 64 KiB resident around each structure, which lie between the weights.
constexpr unsigned kReadsBeforeDrop = 16;

std::optional<std::size_t> find_signature(std::span<const std::byte> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at = at == 0 ? kFirstUserBlock : 2 * at) {
    if (bytes.size() - at < kSignature.size()) break;
    if (std::memcmp(bytes.data() + at, kSignature.data(), kSignature.size()) == 0) return at;
  }
  return std::nullopt;
}

}  // namespace

bool Image::looks_like_hdf5(std::span<const std::byte> bytes) {
  return find_signature(bytes).has_value();
}

Image::Image(SharedBytes bytes)
    : bytes_(std::move(bytes)),
      metadata_credit_(kMetadataCredit + kMetadataCreditPerByte * bytes_.bytes.size()),
      data_credit_(kDataCredit + kDataCreditPerByte * bytes_.bytes.size()) {
  read_superblock();
}

void Image::read_superblock() {
  const auto start = find_signature(bytes_.bytes);
  require(start.has_value(), ErrorCode::kMalformed, "not an HDF5 file: no signature");
  ByteCursor cursor(bytes_.bytes.subspan(*start + kSignature.size()), "HDF5 superblock");
  const unsigned version = cursor.u8();
  require(version <= 3, ErrorCode::kUnsupported, "HDF5 superblock version {}", version);
  // Addresses count from the signature, as in the HDF5 library, whatever the base address says.
  bytes_ = bytes_.subspan(*start, bytes_.bytes.size() - *start);
  if (version < 2) {
    read_superblock_v0(cursor, version, *start);
  } else {
    read_superblock_v2(cursor, *start);
  }
}

void Image::read_widths(ByteCursor& cursor) {
  offset_width_ = cursor.u8();
  length_width_ = cursor.u8();
  for (const std::size_t width : {offset_width_, length_width_}) {
    require(width == 2 || width == 4 || width == 8, ErrorCode::kMalformed,
            "HDF5: addresses or lengths of {} bytes", width);
  }
}

/// The end may count from the start of the file or of the user block; a file that lacks bytes lacks
/// them either way.
void Image::check_end(ByteCursor& cursor, std::uint64_t user_block) {
  const auto end = read_address(cursor);
  require(end && *end <= bytes_.bytes.size() + user_block, ErrorCode::kMalformed,
          "HDF5: the file is cut off: it should have {} bytes and has {}", end.value_or(0),
          bytes_.bytes.size());
}

Address Image::read_root(ByteCursor& cursor) const {
  const auto root = read_address(cursor);
  require(root.has_value(), ErrorCode::kMalformed, "HDF5: no root group");
  return *root;
}

void Image::read_superblock_v0(ByteCursor& cursor, unsigned version, std::uint64_t user_block) {
  cursor.skip(4);
  read_widths(cursor);
  cursor.skip(1 + 2 + 2 + 4);
  if (version == 1) cursor.skip(4);
  cursor.skip(2 * offset_width_);  // Base address, free space.
  check_end(cursor, user_block);
  cursor.skip(2 * offset_width_);  // Driver information, name of the root group.
  root_ = read_root(cursor);
}

void Image::read_superblock_v2(ByteCursor& cursor, std::uint64_t user_block) {
  read_widths(cursor);
  cursor.skip(1);
  cursor.skip(2 * offset_width_);  // Base address, extension of the superblock.
  check_end(cursor, user_block);
  root_ = read_root(cursor);
}

ByteCursor Image::metadata(Address address, std::uint64_t size, const char* what) {
  charge_metadata(size);
  return {data(address, size).bytes, what};
}

ByteCursor Image::metadata_from(Address address, const char* what) {
  charge_metadata(0);
  require(address < size(), ErrorCode::kMalformed,
          "HDF5: {} at address {}, past the end of the file, which has {} bytes", what, address,
          size());
  return {bytes_.bytes.subspan(static_cast<std::size_t>(address)), what};
}

SharedBytes Image::data(Address address, std::uint64_t count) const {
  require(address <= size() && count <= size() - address, ErrorCode::kMalformed,
          "HDF5: {} bytes at address {} do not lie in the file, which has {}", count, address,
          size());
  return bytes_.subspan(static_cast<std::size_t>(address), static_cast<std::size_t>(count));
}

std::optional<Address> Image::read_address(ByteCursor& cursor) const {
  const std::uint64_t address = cursor.number(offset_width_);
  const std::uint64_t undefined = ~std::uint64_t{0} >> (64 - 8 * offset_width_);
  if (address == undefined) return std::nullopt;
  return address;
}

void Image::expect(ByteCursor& cursor, const char* signature, const char* what) {
  require(cursor.text(4) == signature, ErrorCode::kMalformed, "HDF5: {} lacks its signature {}",
          what, signature);
}

void Image::charge_metadata(std::uint64_t bytes) {
  const std::uint64_t price = std::max(bytes, kLeastCharge);
  require(price <= metadata_credit_, ErrorCode::kMalformed,
          "HDF5: the file's structures refer to one another in a loop, or too often");
  metadata_credit_ -= price;
  drop_behind();
}

void Image::charge_data(std::uint64_t bytes) {
  require(bytes <= data_credit_, ErrorCode::kMalformed,
          "HDF5: data unpacks to more than {} times the size of the file", kDataCreditPerByte);
  data_credit_ -= bytes;
  drop_behind();
}

void Image::drop_behind() {
  if (!bytes_.mapped || ++reads_since_drop_ < kReadsBeforeDrop) return;
  drop_pages(bytes_.bytes);
  reads_since_drop_ = 0;
}

}  // namespace weir::hdf5
