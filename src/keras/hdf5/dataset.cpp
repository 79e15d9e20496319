#include "keras/hdf5/dataset.h"

#include "base/checked.h"
#include "keras/hdf5/chunks.h"

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 data layout";

enum class LayoutClass : unsigned { kCompact = 0, kContiguous = 1, kChunked = 2 };

ByteCursor require_message(const Messages& messages, MessageType type, const char* what) {
  const Message* message = find_message(messages, type);
  require(message != nullptr, ErrorCode::kMalformed, "HDF5: a dataset without {}", what);
  return {message->body, what};
}

class LayoutReader {
 public:
  LayoutReader(Image& image, const Messages& messages, const ArrayForm& form)
      : image_(image), messages_(messages), form_(form) {}

  SharedBytes read() {
    ByteCursor cursor = require_message(messages_, MessageType::kLayout, kWhat);
    const unsigned version = cursor.u8();
    require(version >= 1 && version <= 4, ErrorCode::kUnsupported, "HDF5: data layout version {}",
            version);
    if (version < 3) return read_old(cursor);
    switch (static_cast<LayoutClass>(cursor.u8())) {
      case LayoutClass::kCompact:
        return copy(cursor, cursor.u16());
      case LayoutClass::kContiguous: {
        const auto address = image_.read_address(cursor);
        return contiguous(address);
      }
      case LayoutClass::kChunked:
        return version == 3 ? read_btree_chunks(image_, cursor, filters(), form_)
                            : read_indexed_chunks(image_, cursor, filters(), form_);
    }
    fail(ErrorCode::kUnsupported, "HDF5: a virtual dataset");
  }

 private:
  /// Versions 1 and 2, which HDF5 wrote before 1.6.
  SharedBytes read_old(ByteCursor& cursor) {
    cursor.skip(1);
    const auto kind = static_cast<LayoutClass>(cursor.u8());
    cursor.skip(5);
    require(kind == LayoutClass::kContiguous, ErrorCode::kUnsupported,
            "HDF5: an old layout that is not contiguous");
    return contiguous(image_.read_address(cursor));
  }

  SharedBytes contiguous(std::optional<Address> address) const {
    if (form_.bytes == 0) return {};
    require(address.has_value(), ErrorCode::kUnsupported, "HDF5: a dataset was never written");
    return image_.data(*address, form_.bytes);
  }

  SharedBytes copy(ByteCursor& cursor, std::size_t size) const {
    require(size >= form_.bytes, ErrorCode::kMalformed,
            "HDF5: a compact dataset has {} bytes, {} expected", size, form_.bytes);
    const auto stored = cursor.take(form_.bytes);
    auto buffer = std::make_shared<const std::vector<std::byte>>(stored.begin(), stored.end());
    return {*buffer, buffer};
  }

  FilterPipeline filters() const {
    const Message* message = find_message(messages_, MessageType::kFilters);
    if (message == nullptr) return {};
    return FilterPipeline({message->body, "HDF5 filter pipeline"});
  }

  Image& image_;
  const Messages& messages_;
  const ArrayForm& form_;
};

}  // namespace

Array read_array(Image& image, const Messages& messages) {
  Array array;
  array.type = read_datatype(require_message(messages, MessageType::kDatatype, "HDF5 datatype"));
  ArrayForm form;
  form.element_size = array.type.size;
  const auto dims =
      read_dataspace(image, require_message(messages, MessageType::kDataspace, "HDF5 dataspace"));
  require(dims.has_value(), ErrorCode::kUnsupported, "HDF5: a dataset without a shape");
  form.dims = *dims;
  form.bytes = checked_cast<std::size_t>(
      checked_mul<std::uint64_t>(count_elements(form.dims), form.element_size));
  for (const std::uint64_t dim : form.dims) {
    array.shape.push_back(checked_cast<std::int64_t>(dim));
  }
  array.data = LayoutReader(image, messages, form).read();
  return array;
}

}  // namespace weir::hdf5
