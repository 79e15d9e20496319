#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// A call of a TensorFlow function whose sizes, ends and counts are numbers.
struct SettledCall {
  keras::CallRecord arguments;
  std::vector<ValueId> inputs;  ///< Those that `arguments` still name, in their order.
  /// A number other than how many rows the result has depends on how many samples there are.
  bool is_bound_to_batch = false;
};

/// TensorFlow takes sizes as tensors too, which Keras 2 records: `tf.reshape(x, [tf.shape(x)[0],
/// -1])`. Those that are known while the graph is built become numbers; others stay tensors.
/// Numbers among tensors that are joined become values.
SettledCall settle(LayerCall& call, std::string_view function);

}  // namespace weir::layers
