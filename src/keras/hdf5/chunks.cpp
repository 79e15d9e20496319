#include "keras/hdf5/chunks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/checked.h"
#include "keras/hdf5/btree_v1.h"

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 chunk index";
using Dims = std::vector<std::uint64_t>;

/// Where one chunk is stored.
struct StoredChunk {
  Address address = 0;
  std::uint64_t size = 0;  ///< As stored, after the filters.
  std::uint32_t skipped_filters = 0;
};

/// Collects chunks into one buffer in C order.
class Assembly {
 public:
  Assembly(Image& image, const FilterPipeline& filters, const ArrayForm& form, Dims chunk_dims)
      : image_(image), filters_(filters), form_(form), chunk_dims_(std::move(chunk_dims)) {
    require(chunk_dims_.size() == form_.dims.size() && !chunk_dims_.empty() &&
                std::find(chunk_dims_.begin(), chunk_dims_.end(), 0) == chunk_dims_.end(),
            ErrorCode::kMalformed, "HDF5: chunks that do not fit their dataset");
    chunk_bytes_ = form_.element_size;
    for (const std::uint64_t dim : chunk_dims_) chunk_bytes_ = checked_mul(chunk_bytes_, dim);
    image_.charge_data(form_.bytes);
    buffer_.resize(form_.bytes);
    missing_ = chunk_count();
  }

  std::uint64_t chunk_bytes() const { return chunk_bytes_; }

  /// Chunks in the whole dataset, those at the edges included.
  std::uint64_t chunk_count() const {
    std::uint64_t count = 1;
    for (std::size_t axis = 0; axis < chunk_dims_.size(); ++axis) {
      count = checked_mul(count, chunks_along(axis));
    }
    return count;
  }

  /// The first element of chunk number `index`, counted in C order.
  Dims origin(std::uint64_t index) const {
    Dims at(chunk_dims_.size());
    for (std::size_t axis = at.size(); axis-- > 0;) {
      at[axis] = index % chunks_along(axis) * chunk_dims_[axis];
      index /= chunks_along(axis);
    }
    return at;
  }

  void add(const Dims& origin, const StoredChunk& stored) {
    for (std::size_t axis = 0; axis < origin.size(); ++axis) {
      require(origin[axis] < form_.dims[axis] && origin[axis] % chunk_dims_[axis] == 0,
              ErrorCode::kMalformed, "HDF5: a chunk lies outside its dataset");
    }
    require(missing_ > 0, ErrorCode::kMalformed, "HDF5: too many chunks");
    --missing_;
    image_.charge_data(chunk_bytes_);
    const auto packed = image_.data(stored.address, stored.size).bytes;
    image_.charge_metadata(packed.size());
    if (filters_.empty()) {
      require(packed.size() >= chunk_bytes_, ErrorCode::kMalformed, "HDF5: a chunk is cut off");
      copy(origin, packed);
    } else {
      copy(origin, filters_.unpack(packed, stored.skipped_filters, chunk_bytes_));
    }
  }

  SharedBytes finish() && {
    require(missing_ == 0 || form_.bytes == 0, ErrorCode::kUnsupported,
            "HDF5: {} chunks of a dataset were never written", missing_);
    auto buffer = std::make_shared<const std::vector<std::byte>>(std::move(buffer_));
    return {*buffer, buffer};
  }

 private:
  std::uint64_t chunks_along(std::size_t axis) const {
    return form_.dims[axis] / chunk_dims_[axis] + (form_.dims[axis] % chunk_dims_[axis] != 0);
  }

  /// Row by row; rows at the far edges are cut to the dataset.
  void copy(const Dims& origin, std::span<const std::byte> chunk) {
    const std::size_t last = chunk_dims_.size() - 1;
    const std::size_t row_bytes =
        std::min(chunk_dims_[last], form_.dims[last] - origin[last]) * form_.element_size;
    const std::uint64_t chunk_row_bytes = chunk_dims_[last] * form_.element_size;
    Dims within(chunk_dims_.size(), 0);
    for (std::uint64_t at = 0; at < chunk_bytes_; at += chunk_row_bytes) {
      if (const auto target = offset_of(origin, within)) {
        std::memcpy(buffer_.data() + *target, chunk.data() + at, row_bytes);
      }
      for (std::size_t axis = last; axis-- > 0 && ++within[axis] == chunk_dims_[axis];) {
        within[axis] = 0;
      }
    }
  }

  std::optional<std::uint64_t> offset_of(const Dims& origin, const Dims& within) const {
    std::uint64_t offset = 0;
    for (std::size_t axis = 0; axis < origin.size(); ++axis) {
      const std::uint64_t at = origin[axis] + within[axis];
      if (at >= form_.dims[axis]) return std::nullopt;
      offset = offset * form_.dims[axis] + at;
    }
    return offset * form_.element_size;
  }

  Image& image_;
  const FilterPipeline& filters_;
  const ArrayForm& form_;
  Dims chunk_dims_;
  std::uint64_t chunk_bytes_ = 0;
  std::uint64_t missing_ = 0;
  std::vector<std::byte> buffer_;
};

Dims read_chunk_dims(ByteCursor& layout, std::size_t count, std::size_t width) {
  require(count >= 1, ErrorCode::kMalformed, "HDF5: chunks without axes");
  Dims dims(count - 1);
  for (auto& dim : dims) dim = layout.number(width);
  layout.skip(width);  // The size of an element, as one more axis.
  return dims;
}

/// The kinds of index of a version 4 layout (specification, section VII).
enum class ChunkIndex : unsigned { kSingle = 1, kImplicit = 2, kFixedArray = 3 };

/// All chunks one after the other, none of them packed.
void add_implicit(Assembly& assembly, Address first) {
  const std::uint64_t count = assembly.chunk_count();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t offset = checked_mul(i, assembly.chunk_bytes());
    assembly.add(assembly.origin(i), {checked_add(first, offset), assembly.chunk_bytes(), 0});
  }
}

void add_fixed_array(Image& image, Assembly& assembly, Address header, bool filtered) {
  ByteCursor head = image.metadata_from(header, kWhat);
  Image::expect(head, "FAHD", kWhat);
  head.skip(2);
  const std::size_t entry_size = head.u8();
  const unsigned page_bits = head.u8();
  const std::uint64_t entries = image.read_length(head);
  const auto block_address = image.read_address(head);
  require(block_address && entry_size >= image.offset_width() + (filtered ? 4 : 0) &&
              entries >= assembly.chunk_count(),
          ErrorCode::kMalformed, "HDF5: a chunk index does not fit its dataset");
  require(page_bits >= 64 || entries <= std::uint64_t{1} << page_bits, ErrorCode::kUnsupported,
          "HDF5: a chunk index in pages");
  ByteCursor block = image.metadata_from(*block_address, kWhat);
  Image::expect(block, "FADB", kWhat);
  block.skip(2 + image.offset_width());
  for (std::uint64_t i = 0; i < assembly.chunk_count(); ++i) {
    ByteCursor entry(block.take(entry_size), kWhat);
    const auto address = image.read_address(entry);
    require(address.has_value(), ErrorCode::kUnsupported, "HDF5: a chunk was never written");
    StoredChunk chunk{*address, assembly.chunk_bytes(), 0};
    if (filtered) {
      chunk.size = entry.number(entry_size - image.offset_width() - 4);
      chunk.skipped_filters = entry.u32();
    }
    assembly.add(assembly.origin(i), chunk);
  }
}

}  // namespace

SharedBytes read_btree_chunks(Image& image, ByteCursor layout, const FilterPipeline& filters,
                              const ArrayForm& form) {
  const std::size_t axes = layout.u8();
  const auto root = image.read_address(layout);
  Assembly assembly(image, filters, form, read_chunk_dims(layout, axes, 4));
  const BTreeV1 shape{.node_type = 1, .key_size = 8 + 8 * axes};
  if (root) {
    for_each_leaf_entry(image, *root, shape, [&](ByteCursor key, Address address) {
      StoredChunk chunk{address, key.u32(), 0};
      chunk.skipped_filters = key.u32();
      Dims origin(axes - 1);
      for (auto& at : origin) at = key.u64();
      assembly.add(origin, chunk);
    });
  }
  return std::move(assembly).finish();
}

SharedBytes read_indexed_chunks(Image& image, ByteCursor layout, const FilterPipeline& filters,
                                const ArrayForm& form) {
  constexpr std::uint8_t kSingleIsFiltered = 2;
  const std::uint8_t flags = layout.u8();
  const std::size_t axes = layout.u8();
  const std::size_t width = layout.u8();
  require(width >= 1 && width <= 8, ErrorCode::kMalformed, "HDF5: sizes of {} bytes", width);
  Assembly assembly(image, filters, form, read_chunk_dims(layout, axes, width));
  const auto index = static_cast<ChunkIndex>(layout.u8());
  StoredChunk single{0, assembly.chunk_bytes(), 0};
  if (index == ChunkIndex::kSingle && (flags & kSingleIsFiltered) != 0) {
    single.size = image.read_length(layout);
    single.skipped_filters = layout.u32();
  }
  if (index == ChunkIndex::kFixedArray) layout.skip(1);
  const auto address = image.read_address(layout);
  require(address.has_value(), ErrorCode::kUnsupported, "HDF5: a dataset was never written");
  switch (index) {
    case ChunkIndex::kSingle:
      single.address = *address;
      assembly.add(Dims(axes - 1, 0), single);
      break;
    case ChunkIndex::kImplicit:
      add_implicit(assembly, *address);
      break;
    case ChunkIndex::kFixedArray:
      add_fixed_array(image, assembly, *address, !filters.empty());
      break;
    default:
      fail(ErrorCode::kUnsupported, "HDF5: a chunk index for datasets that grow");
  }
  return std::move(assembly).finish();
}

}  // namespace weir::hdf5
