#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/mapped_file.h"
#include "base/region.h"

namespace weir::graph {

/// Room for one weight that is being packed: aligned to kAlignment, zero at first.
class PackingRoom {
 public:
  explicit PackingRoom(std::span<std::byte> bytes, bool in_file = false)
      : bytes_(bytes), in_file_(in_file) {}

  std::span<std::byte> bytes() const { return bytes_; }
  float* floats() const { return reinterpret_cast<float*>(bytes_.data()); }

  /// Called between the parts of a large weight: what was written may leave memory where it has a
  /// file to go to.
  void settle() const {
    if (in_file_) drop_pages(bytes_);
  }

 private:
  std::span<std::byte> bytes_;
  bool in_file_;
};

using PackFunction = std::function<void(const PackingRoom&)>;

/// The most bytes that are in memory at a time while a weight is packed.
struct PackingBytes {
  std::size_t source = 0;  ///< Of the model's file, and converted copies.
  std::size_t room = 0;    ///< Of the room, where it is a file's: between two calls of `settle`.
};

/// Where the memory of packed weights comes from. Used by one thread at a time.
class WeightStore {
 public:
  WeightStore() = default;
  WeightStore(const WeightStore&) = delete;
  WeightStore& operator=(const WeightStore&) = delete;
  virtual ~WeightStore() = default;

  /// A weight of `bytes` bytes, filled by `pack`; its memory lives as long as its owner. Throws
  /// kLimit or kIo when there is no room, and what `pack` throws.
  virtual SharedBytes make(std::size_t bytes, const PackFunction& pack) = 0;
  /// Bytes of the process's own memory that the weights made so far have filled.
  virtual std::size_t resident_bytes() const = 0;
};

/// Memory of the process's own.
std::unique_ptr<WeightStore> make_resident_store();

/// Memory of a region, which others use as well.
std::unique_ptr<WeightStore> make_region_store(std::shared_ptr<Region> region);

/// Address space only, for planning a model that will not run: nothing is packed, no page is
/// touched, and the sizes are known all the same.
std::unique_ptr<WeightStore> make_reserving_store();

/// A file without a name, in $TMPDIR or /var/tmp, made when the first weight is: the pages of a
/// weight may be dropped at any time and come back from the file.
std::unique_ptr<WeightStore> make_file_store();

}  // namespace weir::graph
