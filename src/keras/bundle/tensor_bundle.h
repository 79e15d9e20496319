#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/mapped_file.h"
#include "keras/record.h"

namespace weir::bundle {

/// Maps shard `index` of `count`: "variables.data-00000-of-00001".
using OpenShard = std::function<SharedBytes(std::uint32_t index, std::uint32_t count)>;

/// TensorFlow's checkpoint: tensors by name in an index, their elements in shards beside it. The
/// bytes are not trusted. Tensors lie where the file has them, and share its owner.
class TensorBundle {
 public:
  /// Throws kMalformed, or kUnsupported for one of a machine whose numbers begin at the other end.
  TensorBundle(const SharedBytes& index, OpenShard open_shard);

  /// A tensor of numbers. Throws kMalformed, kUnsupported for an element type that Weir lacks or a
  /// variable that was split, and what opening the shard throws.
  keras::WeightRecord read(const std::string& key);

  /// The only text of a tensor of texts.
  SharedBytes read_text(const std::string& key);

 private:
  struct Entry;
  Entry entry(const std::string& key) const;
  SharedBytes data_of(const Entry& entry);

  SharedBytes index_;
  std::map<std::string, std::span<const std::byte>> entries_;
  OpenShard open_shard_;
  std::uint32_t shard_count_ = 0;
  std::map<std::uint32_t, SharedBytes> shards_;
};

}  // namespace weir::bundle
