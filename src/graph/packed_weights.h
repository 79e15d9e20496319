#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/memory.h"

namespace weir::graph {

using PackedWeight = std::shared_ptr<const AlignedBuffer>;

/// Weights in the layout that kernels want, made once and shared by all plans of a model. It grows
/// only with the number of weights, never with shapes or steps. Thread-safe.
class PackedWeights {
 public:
  /// kReserve only sets address space aside, for planning a model that will not run: nothing is
  /// packed, no page is touched, and the sizes are known all the same.
  enum class Mode { kPack, kReserve };

  explicit PackedWeights(Mode mode = Mode::kPack) : mode_(mode) {}

  /// The weight called `key`, of `bytes` bytes; made by `pack` the first time it is asked for.
  PackedWeight get(const std::string& key, std::size_t bytes,
                   const std::function<void(std::span<std::byte>)>& pack);

  /// Bytes of all of them, also of those for which only room is reserved.
  std::size_t bytes() const;
  /// Bytes that were really filled.
  std::size_t packed_bytes() const { return mode_ == Mode::kPack ? bytes() : 0; }

 private:
  Mode mode_;
  mutable std::mutex mutex_;
  std::map<std::string, PackedWeight> weights_;
};

}  // namespace weir::graph
