#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "graph/operation.h"
#include "kernels/siphash.h"

namespace weir::ops {

struct HashRules {
  std::int64_t bins = 1;
  std::optional<kernels::SipKey> salt = {};
  /// Elements that are equal to it go to bin 0, and all others to the bins after it.
  std::optional<std::variant<double, std::string>> mask_value = {};
};

/// Elements of any type to bins, as int32: see kernels::HashBins.
graph::OperationPtr make_hash_bins(HashRules rules);

/// Features of integers or strings, all of one shape, to `bins` bins for their crossing, as int32:
/// TensorFlow's `sparse.cross_hashed`.
graph::OperationPtr make_hashed_crossing(std::int64_t bins);

}  // namespace weir::ops
