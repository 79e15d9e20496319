#include "graph/packed_weights.h"

#include "base/fail.h"

namespace weir::graph {

PackedWeight PackedWeights::get(const std::string& key, std::size_t bytes,
                                const std::function<void(std::span<std::byte>)>& pack) {
  const std::lock_guard lock(mutex_);
  PackedWeight& weight = weights_[key];
  if (weight == nullptr) {
    AlignedBuffer buffer(bytes);
    if (mode_ == Mode::kPack) pack({buffer.data(), buffer.size()});
    weight = std::make_shared<const AlignedBuffer>(std::move(buffer));
  }
  // Two weights under one name, which only a file with misleading names can bring about.
  require(weight->size() == bytes, ErrorCode::kUnsupported,
          "two weights are called '{}': rename a layer", key);
  return weight;
}

std::size_t PackedWeights::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const auto& [key, weight] : weights_) total += weight == nullptr ? 0 : weight->size();
  return total;
}

}  // namespace weir::graph
