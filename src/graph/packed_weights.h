#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "graph/weight_store.h"

namespace weir::graph {

/// A weight in its kernel's layout, aligned to kAlignment, and the ownership of its memory.
using PackedWeight = SharedBytes;

/// How weights lie in memory while a model predicts.
enum class Residence {
  kWhole,     ///< All of them, all the time.
  kStreamed,  ///< In a mapped file, whose pages a step drops once it has used them.
};

/// Weights in the layout that kernels want, made once and shared by all plans of a model. It grows
/// only with the number of weights, never with shapes or steps. Thread-safe.
class PackedWeights {
 public:
  using Entries = std::map<std::string, PackedWeight, std::less<>>;

  explicit PackedWeights(std::unique_ptr<WeightStore> store = make_resident_store(),
                         Residence residence = Residence::kWhole)
      : store_(std::move(store)), residence_(residence) {}

  /// Weights that were packed before, in a file; those asked for are taken from here.
  void prime(Entries packed) { primed_ = std::move(packed); }

  /// Takes the memory of weights that are made from now on from another store.
  void use_store(std::unique_ptr<WeightStore> store);

  /// The weight called `key`, of `bytes` bytes; made by `pack` the first time it is asked for,
  /// which takes `packing` meanwhile.
  PackedWeight get(const std::string& key, std::size_t bytes, const PackFunction& pack,
                   const PackingBytes& packing);
  /// The same for a weight that is packed as a whole.
  PackedWeight get(const std::string& key, std::size_t bytes, const PackFunction& pack) {
    return get(key, bytes, pack, {bytes, bytes});
  }

  /// A weight that kernels can read as it lies in the model's file. Counts as the packed ones do
  /// where the file is mapped.
  PackedWeight lend(const std::string& key, const PackedWeight& weight);

  Residence residence() const { return residence_; }
  /// Bytes of all of them, wherever they are.
  std::size_t bytes() const;
  /// Bytes in memory that the store took from the process's own.
  std::size_t resident_bytes() const;
  /// The most that packing one of them has in memory, on top of those that stay there.
  std::size_t packing_bytes() const;
  /// All that were asked for so far.
  Entries entries() const;

 private:
  PackedWeight find_or_add(const std::string& key, std::size_t bytes,
                           const std::function<PackedWeight()>& make);

  std::unique_ptr<WeightStore> store_;
  Residence residence_;
  Entries primed_;
  mutable std::mutex mutex_;
  Entries weights_;
  std::size_t packing_bytes_ = 0;
};

}  // namespace weir::graph
