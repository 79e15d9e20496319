#include "graph/packed_weights.h"

#include <algorithm>

#include "base/fail.h"

namespace weir::graph {

void PackedWeights::use_store(std::unique_ptr<WeightStore> store) {
  const std::lock_guard lock(mutex_);
  store_ = std::move(store);
}

PackedWeight PackedWeights::get(const std::string& key, std::size_t bytes, const PackFunction& pack,
                                const PackingBytes& packing) {
  return find_or_add(key, bytes, [&] {
    const std::size_t room = residence_ == Residence::kStreamed ? packing.room : 0;
    packing_bytes_ = std::max(packing_bytes_, packing.source + room);
    return store_->make(bytes, pack);
  });
}

PackedWeight PackedWeights::lend(const std::string& key, const PackedWeight& weight) {
  // What is not mapped is memory that the model took when it was loaded.
  if (!weight.mapped) return weight;
  return find_or_add(key, weight.bytes.size(), [&] { return weight; });
}

PackedWeight PackedWeights::find_or_add(const std::string& key, std::size_t bytes,
                                        const std::function<PackedWeight()>& make) {
  const std::lock_guard lock(mutex_);
  auto found = weights_.find(key);
  if (found == weights_.end()) {
    const auto primed = primed_.find(key);
    const bool is_primed = primed != primed_.end() && primed->second.bytes.size() == bytes;
    found = weights_.emplace(key, is_primed ? primed->second : make()).first;
  }
  // Two weights under one name, which only a file with misleading names can bring about.
  require(found->second.bytes.size() == bytes, ErrorCode::kUnsupported,
          "two weights are called '{}': rename a layer", key);
  return found->second;
}

std::size_t PackedWeights::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const auto& [key, weight] : weights_) total += weight.bytes.size();
  return total;
}

std::size_t PackedWeights::resident_bytes() const {
  const std::lock_guard lock(mutex_);
  return store_->resident_bytes();
}

std::size_t PackedWeights::packing_bytes() const {
  const std::lock_guard lock(mutex_);
  return packing_bytes_;
}

PackedWeights::Entries PackedWeights::entries() const {
  const std::lock_guard lock(mutex_);
  return weights_;
}

}  // namespace weir::graph
