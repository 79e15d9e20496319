#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "weir/tensor.h"

/// What a Keras model file says, read and checked for form but not yet for meaning. The same
/// records come from every format: `.keras` (Keras 3 and Keras 2.12+), legacy `.h5`, architecture
/// JSON.
namespace weir::keras {

using Json = nlohmann::json;

/// One variable of a layer as it stands in the file, little-endian and in C order. The bytes are
/// mapped from the file where it stores them plainly.
struct WeightRecord {
  std::string
      name;  ///< "0" in a .keras file (its place in `vars`), "dense/kernel:0" in a legacy one.
  DType dtype = DType::kFloat32;
  Shape shape;
  SharedBytes data;
};

/// The variables of one layer. A `.keras` file keeps the variables of parts of a layer (a cell, a
/// query projection) below it, each under the attribute's name; a legacy file keeps one flat list.
struct LayerWeights {
  std::vector<WeightRecord> vars;  ///< In Keras's order: trainable ones first, then the others.
  std::map<std::string, LayerWeights> parts;
};

/// One output of one call of a layer, as `inbound_nodes` and `output_layers` name it.
struct TensorRef {
  std::string layer;
  /// Which of that layer's calls, from 0, whatever the file counts from; 0 too for a layer without
  /// calls, which is an input.
  std::int64_t node = 0;
  std::int64_t tensor = 0;  ///< Which output of that call.
};

/// One call of a layer in a Functional model.
struct CallRecord {
  /// The call's positional and keyword arguments in Keras 3's serialised form, with each Keras
  /// tensor replaced by {"tensor": i}, an index into `tensors`. Keras 2's lists come in the same
  /// form.
  Json args = Json::array();
  Json kwargs = Json::object();
  std::vector<TensorRef> tensors;
  std::size_t masks = 0;  ///< How many of `tensors`, the last ones, are in kwargs["mask"].
};

struct ModelRecord;
struct LayerRecord;

/// A layer that another one's config holds: what a wrapper wraps, the cell of a recurrent layer.
struct InnerLayer {
  std::string part;  ///< Where a .keras file has its variables, below the outer layer's.
  std::shared_ptr<LayerRecord> layer;
};

/// One layer, or one model used as a layer.
// clang-tidy looks into the move of a JSON value, which does not throw, and finds its assertions.
// NOLINTNEXTLINE(bugprone-exception-escape)
struct LayerRecord {
  std::string class_name;  ///< "Conv2D"
  /// "keras.layers"; "keras.src.ops.numpy" for an operation that was called on Keras tensors and
  /// recorded as a node. Operations and layers share class names (Add, Dot), so both are needed.
  std::string module;
  std::string registered_name;  ///< "keras>Conv2D", "my_package>MyLayer"; empty where not given.
  std::string name;
  Json config;
  std::vector<CallRecord> calls;  ///< Empty in a Sequential model.
  LayerWeights weights;
  /// `vocabulary.txt` among the layer's assets in a `.keras` file.
  std::optional<SharedBytes> vocabulary;
  /// Layers of one object, in different models of one file, have the same. A `.keras` file keeps
  /// its weights once; the records have them in each.
  std::optional<std::int64_t> shared_object_id;
  std::shared_ptr<ModelRecord> model;  ///< Set when this layer is itself a model.
  /// Taken out of the config; in the order in which a legacy file lists their variables.
  std::vector<InnerLayer> inner;
};

/// Inputs or outputs of a Functional model: a list in the order Keras uses, and the keys when the
/// structure is a dict ("" otherwise).
struct NamedRef {
  std::string key;
  TensorRef ref;
};

/// A Sequential or Functional model.
struct ModelRecord {
  enum class Kind { kSequential, kFunctional };
  Kind kind = Kind::kSequential;
  std::string name;
  std::string keras_version;        ///< "3.15.0"; "" where the file does not say.
  std::vector<LayerRecord> layers;  ///< In the file's order.
  std::vector<NamedRef> inputs;     ///< Functional only.
  std::vector<NamedRef> outputs;    ///< Functional only.
  /// Sequential only: the batch shape the model was built with, where the file gives one and no
  /// InputLayer does.
  std::optional<Shape> build_input_shape;
  bool has_weights = true;  ///< False for a bare architecture: the weights' lists are empty.

  /// Written by Keras 2 (or tf-keras): some layers mean something else there.
  bool is_keras2() const { return keras_version.starts_with("2."); }
};

}  // namespace weir::keras
