#pragma once

#include <optional>
#include <vector>

#include "layers/number_array.h"

namespace weir::layers {

/// A value that is known while the graph is built.
struct KnownValue {
  NumberArray numbers;
  std::vector<bool> counts_samples;  ///< Which of them depend on how many samples there are.
};

/// `value`, where nothing that the model is given has a part in it: the sizes of a tensor, mostly,
/// and what is computed of them. Costs a look at each node so far. Nothing for more than a few
/// thousand elements.
std::optional<KnownValue> find_known(const LayerCall& call, ValueId value);

/// The same as JSON: a number, or nested lists of them.
Json to_json(const NumberArray& numbers);

}  // namespace weir::layers
