#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keras/hdf5/attribute.h"
#include "keras/hdf5/dataset.h"
#include "keras/hdf5/links.h"

namespace weir::hdf5 {

class File;

/// A group or a dataset of an open file, which must outlive it. Reads its header once, when made.
class Object {
 public:
  Object(File& file, Address header);

  /// The names below a group, in the order of their bytes.
  const Links& links() const noexcept { return links_; }
  bool is_dataset() const { return find_message(messages_, MessageType::kLayout) != nullptr; }

  /// The object at a path below this one ("dense/kernel:0"; no part may be empty), or nothing.
  std::optional<Object> find(std::string_view path) const;
  /// The same, but throws kMalformed where there is none.
  Object at(std::string_view path) const;

  /// A text attribute; the first text of a list. Nothing when there is none, or it is not text.
  std::optional<std::string> text(std::string_view attribute) const;
  std::optional<std::vector<std::string>> text_list(std::string_view attribute) const;
  bool has_attribute(std::string_view name) const { return attributes_.contains(name); }

  /// The elements of a dataset. Throws kMalformed for a group.
  Array read() const;

 private:
  std::optional<Object> child(std::string_view name) const;

  File* file_;
  Messages messages_;
  Links links_;
  Attributes attributes_;
};

/// A bounded, read-only reader of HDF5 files, of what h5py writes for Keras: any version of the
/// superblock and of groups, attributes of strings, datasets of numbers.
///
/// Its own, and not the HDF5 C library, because that library is not safe on hostile files (1.10.8,
/// which Debian ships, has known crashes and endless loops), is built there without thread safety
/// and with global state, and hides its allocations; and because weights that lie in the file
/// contiguously are to be used in place, in the mapping.
///
/// Not thread-safe: one thread uses a file and its objects. Datasets that were read share the
/// bytes' owner and outlive the file.
class File {
 public:
  /// Throws kMalformed or kUnsupported, like everything here; see Image for what bounds the work.
  explicit File(SharedBytes bytes) : image_(std::move(bytes)), heap_(image_) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  Object root() { return {*this, image_.root()}; }

 private:
  friend class Object;
  Image image_;
  GlobalHeap heap_;
};

}  // namespace weir::hdf5
