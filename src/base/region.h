#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>

#include "base/memory.h"

namespace weir {

/// Memory of a fixed size, taken and touched at once. One part that may grow lies at its front (an
/// arena); parts that come and go are taken from its back. Thread-safe.
class Region : public std::enable_shared_from_this<Region> {
 public:
  /// Throws kLimit when the system has no such memory.
  static std::shared_ptr<Region> make(std::size_t bytes);

  /// The first `bytes` bytes. Throws kLimit where parts lie there.
  std::span<std::byte> front(std::size_t bytes);
  /// A part of its own, aligned to kAlignment, zero at first; free again once the owner is gone,
  /// which keeps the region. Throws kLimit where there is no such gap behind the front.
  std::shared_ptr<std::span<std::byte>> take(std::size_t bytes);

 private:
  struct Part;

  explicit Region(std::size_t bytes);
  std::size_t find_gap(std::size_t bytes) const;
  void give_back(std::size_t offset);

  AlignedBuffer memory_;
  std::mutex mutex_;
  std::size_t front_ = 0;
  std::map<std::size_t, std::size_t> taken_;  ///< Offset and size of each part.
};

}  // namespace weir
