#pragma once

#include <string>
#include <string_view>

#include "layers/layer.h"

namespace weir::layers {

/// The layers that a layer of keras-hub makes for itself. Its config does not list them; a `.keras`
/// file keeps the variables of each below the attribute that holds it. Refers to the call, which
/// must outlive it.
class Sublayers {
 public:
  explicit Sublayers(LayerCall& call) : Sublayers(call, {}, &call.record().weights) {}

  LayerCall& call() const { return *call_; }
  /// Those of the layer at an attribute; "blocks/dense_1" is in a list.
  Sublayers at(std::string_view attribute) const;
  /// Those of item `index` of a list of layers whose class is, in snake case, `item`.
  Sublayers at(std::string_view list, std::string_view item, std::size_t index) const;
  bool has(std::string_view attribute) const { return at(attribute).weights_ != nullptr; }

  /// Variable `index` of the layer itself; see LayerCall::weight.
  graph::Constant weight(std::size_t index, const Shape& shape) const;
  /// The first `rows` vectors of variable `index`, which has as many at least, once for each sample
  /// of `like`: (batch, rows, width).
  ValueId add_rows(std::size_t index, const Shape& shape, std::int64_t rows, ValueId like) const;

  /// The shape of variable `index` as it stands in the file; nothing where it is not there.
  std::optional<Shape> shape_of(std::size_t index) const;

  /// The layer at an attribute, of a class of `keras.layers`.
  keras::LayerRecord record(std::string_view attribute, std::string_view class_name,
                            Json config) const;
  /// That, called on one tensor.
  ValueId add(std::string_view attribute, std::string_view class_name, Json config,
              ValueId input) const;

 private:
  Sublayers(LayerCall& call, std::string name, const keras::LayerWeights* weights)
      : call_(&call), name_(std::move(name)), weights_(weights) {}

  LayerCall* call_;
  std::string name_;                    ///< Attributes on the way from the call's layer.
  const keras::LayerWeights* weights_;  ///< Null where the file has none.
};

ValueId add_layer_norm(const Sublayers& layers, std::string_view attribute, double epsilon,
                       ValueId input);

/// A Dense layer of as many units as it is given, with a bias and without an activation unless
/// `options` say otherwise.
ValueId add_dense(const Sublayers& layers, std::string_view attribute, std::int64_t units,
                  ValueId input, Json options = Json::object());

/// An EinsumDense layer on sequences. `sizes` are those of the axes behind batch and positions.
ValueId add_einsum_dense(const Sublayers& layers, std::string_view attribute,
                         std::string_view equation, const std::vector<std::int64_t>& sizes,
                         ValueId input, std::string_view bias_axes = "");

/// What a MultiHeadAttention layer may attend to.
struct AttentionMasks {
  Mask of_keys = {};    ///< (batch, keys)
  Mask of_scores = {};  ///< (batch, queries, keys)
  bool causal = false;
};

/// A MultiHeadAttention layer, or one of the classes that keras-hub derives from it.
ValueId add_multi_head_attention(const Sublayers& layers, std::string_view attribute, Json config,
                                 ValueId query, ValueId value, const AttentionMasks& masks = {},
                                 std::string_view class_name = "MultiHeadAttention");

/// One positive size of a config.
std::int64_t size_in(const Config& config, std::string_view key, std::int64_t fallback = 0);

/// The elements of each of `heads` parts of a vector. Throws kMalformed where there is not one.
std::int64_t head_size(std::int64_t width, std::int64_t heads);

ValueId add_sum(LayerCall& call, ValueId a, ValueId b);
/// Adds a weight that broadcasts.
ValueId add_weight(LayerCall& call, graph::Constant weight, ValueId input);
/// Adds as many vectors of a table (…, vectors, width), from its first on, as there are in the last
/// axes of the input. Throws kInvalidArgument where there are too few.
ValueId add_positions(LayerCall& call, const graph::Constant& table, ValueId input);

}  // namespace weir::layers
