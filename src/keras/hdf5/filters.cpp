#include "keras/hdf5/filters.h"

#include "base/inflate.h"

namespace weir::hdf5 {
namespace {

constexpr unsigned kDeflate = 1;
constexpr unsigned kShuffle = 2;
constexpr unsigned kFletcher32 = 3;
constexpr unsigned kFirstNamedFilter = 256;
constexpr unsigned kMostFilters = 32;
constexpr std::size_t kChecksumSize = 4;

using Bytes = std::vector<std::byte>;

/// The bytes come as all first bytes of the elements, then all second bytes, and so on; what does
/// not make a whole element comes last, as it is.
Bytes unshuffle(const Bytes& shuffled, std::size_t element_size) {
  if (element_size < 2) return shuffled;
  const std::size_t elements = shuffled.size() / element_size;
  Bytes plain(shuffled);
  for (std::size_t byte = 0; byte < element_size; ++byte) {
    for (std::size_t i = 0; i < elements; ++i) {
      plain[i * element_size + byte] = shuffled[byte * elements + i];
    }
  }
  return plain;
}

Bytes unpack_deflate(const Bytes& packed, std::size_t most) {
  Bytes plain(most);
  plain.resize(inflate_into(packed, DeflateFormat::kZlib, plain));
  return plain;
}

}  // namespace

FilterPipeline::FilterPipeline(ByteCursor message) {
  const unsigned version = message.u8();
  require(version == 1 || version == 2, ErrorCode::kMalformed, "HDF5: filter pipeline version {}",
          version);
  const unsigned count = message.u8();
  require(count <= kMostFilters, ErrorCode::kMalformed, "HDF5: {} filters", count);
  if (version == 1) message.skip(6);
  for (unsigned i = 0; i < count; ++i) {
    Filter filter;
    filter.id = message.u16();
    const std::size_t name_size =
        version == 1 || filter.id >= kFirstNamedFilter ? message.u16() : 0;
    message.skip(2);
    filter.values.resize(message.u16());
    message.skip(name_size);
    for (auto& value : filter.values) value = message.u32();
    if (version == 1 && filter.values.size() % 2 != 0) message.skip(4);
    filters_.push_back(std::move(filter));
  }
}

Bytes FilterPipeline::unpack(std::span<const std::byte> packed, std::uint32_t skipped,
                             std::size_t chunk_size) const {
  Bytes bytes(packed.begin(), packed.end());
  for (std::size_t i = filters_.size(); i-- > 0;) {
    if ((skipped >> i & 1) != 0) continue;
    const Filter& filter = filters_[i];
    switch (filter.id) {
      case kDeflate:
        bytes = unpack_deflate(bytes, chunk_size + kChecksumSize);
        break;
      case kShuffle:
        bytes = unshuffle(bytes, filter.values.empty() ? 1 : filter.values.front());
        break;
      case kFletcher32:
        require(bytes.size() >= kChecksumSize, ErrorCode::kMalformed,
                "HDF5: a chunk lacks its checksum");
        bytes.resize(bytes.size() - kChecksumSize);
        break;
      default:
        fail(ErrorCode::kUnsupported, "HDF5: filter {} of a dataset", filter.id);
    }
  }
  require(bytes.size() == chunk_size, ErrorCode::kMalformed,
          "HDF5: a chunk unpacks to {} bytes, {} expected", bytes.size(), chunk_size);
  return bytes;
}

}  // namespace weir::hdf5
