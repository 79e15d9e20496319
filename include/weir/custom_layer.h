#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weir/tensor.h"

namespace weir {

/// A variable of a layer. Floats of any size come as float32, other types as the file has them.
struct LayerWeight {
  TensorView view;
  /// Holds the elements, for whoever keeps them; null where they are the caller's of `Model::load`.
  std::shared_ptr<const void> owner;
};

/// A layer, as a model's file describes it.
struct LayerDescription {
  std::string name;  ///< With the path of the models it is in: "backbone/squash".
  std::string class_name;
  std::string config;  ///< What its `get_config` gave, as JSON.
  /// Its own, in the order in which Keras saves them (trainable ones first); then those of layers
  /// in it, by the names of their attributes. None in a file without weights.
  std::vector<LayerWeight> weights;
};

/// A class of layers that Weir does not have and the program computes itself.
///
/// Its functions are called by any thread, and by several at once. What they throw reaches whoever
/// loads, prepares or predicts, and model and session can be used afterwards.
struct CustomLayer {
  /// Writes all of the outputs. Tensors are float32, int32 or bool, in C order, and valid during
  /// the call only: inputs and outputs lie in the planned arena. Batches may have more rows than
  /// were asked for, since a pass is filled up. Memory that the function takes is not planned.
  using Compute = std::function<void(std::span<const TensorView> inputs,
                                     std::span<const MutableTensorView> outputs)>;

  /// Types and shapes of the outputs for inputs of these (names are not used), batch axis included:
  /// float32, int32 or bool, no axis free. Asked whenever a graph is built, so for batches of
  /// several sizes; elements of the weights may lie at any address then.
  std::function<std::vector<TensorSpec>(const LayerDescription& layer,
                                        std::span<const TensorSpec> inputs)>
      infer;

  /// What computes one layer on tensors of these types. Weights lie aligned, where they stay, but
  /// have elements only once rows pass: a model that is only planned has room for them, no more.
  std::function<Compute(const LayerDescription& layer, std::span<const TensorSpec> inputs,
                        std::span<const TensorSpec> outputs)>
      prepare;

  /// Row i of an output depends on other rows of the inputs than row i, or outputs have no row for
  /// each sample: batches pass as a whole.
  bool mixes_samples = false;
};

/// Custom layers by the names of their classes: as Keras registers them, "my_package>Squash", or
/// without the package, "Squash", for those of any package. They come before layers of Weir's own.
using CustomLayers = std::map<std::string, CustomLayer, std::less<>>;

}  // namespace weir
