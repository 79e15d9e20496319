#include "keras/hdf5/file.h"

namespace weir::hdf5 {

Object::Object(File& file, Address header)
    : file_(&file),
      messages_(read_object_header(file.image_, header)),
      links_(read_links(file.image_, messages_)),
      attributes_(read_attributes(file.image_, messages_)) {}

std::optional<Object> Object::child(std::string_view name) const {
  const auto found = links_.find(name);
  if (found == links_.end()) return std::nullopt;
  require(found->second.has_value(), ErrorCode::kUnsupported,
          "HDF5: '{}' is a soft or an external link", name);
  return Object(*file_, *found->second);
}

std::optional<Object> Object::find(std::string_view path) const {
  const std::size_t slash = path.find('/');
  auto next = child(path.substr(0, slash));
  if (!next || slash == path.npos) return next;
  return next->find(path.substr(slash + 1));
}

Object Object::at(std::string_view path) const {
  auto found = find(path);
  require(found.has_value(), ErrorCode::kMalformed, "HDF5: there is no '{}'", path);
  return *std::move(found);
}

std::optional<std::vector<std::string>> Object::text_list(std::string_view attribute) const {
  const auto found = attributes_.find(attribute);
  if (found == attributes_.end()) return std::nullopt;
  return read_strings(file_->image_, file_->heap_, found->second);
}

std::optional<std::string> Object::text(std::string_view attribute) const {
  auto list = text_list(attribute);
  if (!list || list->empty()) return std::nullopt;
  return std::move(list->front());
}

Array Object::read() const {
  require(is_dataset(), ErrorCode::kMalformed, "HDF5: a group stands where a dataset should");
  return read_array(file_->image_, messages_);
}

}  // namespace weir::hdf5
