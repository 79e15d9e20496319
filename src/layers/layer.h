#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "keras/record.h"

/// Keras layers, one file a family: each reads its config and adds operations to a graph.
namespace weir::layers {

using graph::ValueId;
using keras::Json;

/// A layer's config with typed, checked access: every error names the layer and the key.
class Config {
 public:
  explicit Config(const Json& json) : json_(&json) {}

  const Json& json() const { return *json_; }
  /// Present and not null.
  bool has(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback) const;
  double number(std::string_view key, double fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  /// One number or a list of them.
  std::vector<std::int64_t> integers(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;
  /// `count` positive sizes: Keras gives either one number for all axes or one for each.
  std::vector<std::int64_t> sizes(std::string_view key, std::size_t count,
                                  std::int64_t fallback) const;
  /// `data_format` is channels_first; a missing one is channels_last.
  bool channels_first() const;

 private:
  const Json* json_;
};

/// What a layer must know of the model it is in.
struct ModelFacts {
  bool keras2 = false;      ///< Written by Keras 2, where some layers mean something else.
  bool has_weights = true;  ///< False for a bare architecture.
};

/// Which elements of a tensor (all axes but its last) are to be skipped, as Keras hands it from
/// layer to layer beside the tensor: bool where Keras makes it. Nothing where there is none.
using Mask = std::optional<ValueId>;

/// Lowers layers that lie in other layers.
class InnerLayers {
 public:
  /// Adds the layer, of whatever class, and returns its outputs. `path` is the layer's.
  virtual std::vector<ValueId> add(const keras::LayerRecord& layer, const std::string& path,
                                   const std::vector<ValueId>& inputs,
                                   graph::GraphBuilder& builder) const = 0;

 protected:
  ~InnerLayers() = default;
};

/// Where a layer's operations go, and what is around it.
struct LayerSurroundings {
  graph::GraphBuilder& builder;
  ModelFacts facts;
  const InnerLayers& inner;
};

class LayerCall;

/// Adds the layer's operations and returns its outputs.
using Lower = std::function<std::vector<ValueId>(LayerCall& call)>;

/// The masks of the layer's outputs (fewer than outputs where the last have none). May add
/// operations.
using MaskRule = std::vector<Mask> (*)(LayerCall& call, std::span<const ValueId> outputs);

/// One call of one layer while a graph is built: what it is, what it gets, where its operations go.
class LayerCall {
 public:
  LayerCall(const keras::LayerRecord& record, const keras::CallRecord* call, std::string path,
            std::vector<ValueId> inputs, std::vector<Mask> masks,
            const LayerSurroundings& surroundings)
      : record_(record),
        call_(call),
        path_(std::move(path)),
        inputs_(std::move(inputs)),
        masks_(std::move(masks)),
        surroundings_(surroundings) {}

  /// The same call of another layer, which must outlive the result.
  LayerCall of(const keras::LayerRecord& record) const {
    return {record, call_, path_, inputs_, masks_, surroundings_};
  }
  /// The same with other arguments, which must outlive the result too.
  LayerCall of(const keras::LayerRecord& record, const keras::CallRecord& arguments) const {
    return {record, &arguments, path_, inputs_, masks_, surroundings_};
  }
  /// The same with other arguments, which must outlive the result, on other tensors without masks.
  LayerCall of(const keras::CallRecord& arguments, std::vector<ValueId> inputs) const {
    return {record_, &arguments, path_, std::move(inputs), {}, surroundings_};
  }
  /// A call of a layer in this one, on the given tensors only.
  LayerCall inside(const keras::LayerRecord& inner, std::vector<ValueId> inputs) const {
    return {inner, nullptr, path_of(inner), std::move(inputs), {}, surroundings_};
  }
  /// This layer as `lower` does it, as a graph of its own for inputs of the given types.
  graph::Graph graph_by(const Lower& lower, std::span<const graph::ValueType> inputs) const;
  /// A layer in this one, of whatever class, on the given tensors; and as a graph of its own.
  std::vector<ValueId> add_inner(const keras::LayerRecord& inner,
                                 const std::vector<ValueId>& inputs);
  graph::Graph graph_of(const keras::LayerRecord& inner,
                        std::span<const graph::ValueType> inputs) const;

  const keras::LayerRecord& record() const { return record_; }
  Config config() const { return Config(record_.config); }
  /// The call's arguments; null in a Sequential model, where the only argument is the input.
  const keras::CallRecord* call() const { return call_; }
  /// The tensors it is called on: all in order of their place in `call()`, but without masks.
  std::span<const ValueId> inputs() const { return inputs_; }
  /// The masks of the inputs, or those that the call gives; there may be fewer than inputs.
  std::span<const Mask> masks() const { return masks_; }
  /// That of the first input.
  Mask mask() const { return masks_.empty() ? std::nullopt : masks_.front(); }
  /// The only input. Throws kInvalidArgument when there is not exactly one.
  ValueId input() const;
  graph::ValueType type(ValueId value) const { return surroundings_.builder.type(value); }
  Shape shape(ValueId value) const { return type(value).shape; }
  /// What has been built so far.
  const graph::Graph& graph() const { return surroundings_.builder.graph(); }
  /// Written by Keras 2: some layers mean something else there.
  bool keras2() const { return surroundings_.facts.keras2; }

  /// Adds an operation of one output, or of several, to the graph.
  ValueId add(graph::OperationPtr operation, std::vector<ValueId> inputs);
  std::vector<ValueId> add_many(graph::OperationPtr operation, std::vector<ValueId> inputs);

  /// A model's input in the wider type that the model declares, from which `narrow` makes `value`;
  /// `value` itself where it is nothing like that.
  ValueId in_declared_type(ValueId value, graph::OperationPtr narrow);

  /// State `index` of a layer that keeps states from one run to the next: what it is now.
  ValueId state(std::size_t index, const graph::ValueType& type);
  /// What it is from now on.
  void set_state(std::size_t index, ValueId value);

  /// Variable `index` of the layer. Throws kMalformed when it is missing or has another shape. In a
  /// model without weights it is a constant without data.
  graph::Constant weight(std::size_t index, const Shape& expected) const;
  std::size_t weight_count() const { return variables().size(); }
  /// False for a bare architecture.
  bool has_weights() const { return surroundings_.facts.has_weights; }
  /// Unique in the model: "backbone/conv1".
  const std::string& path() const { return path_; }

 private:
  std::string state_name(std::size_t index) const;
  std::string path_of(const keras::LayerRecord& inner) const { return path_ + "/" + inner.name; }
  /// The layer's own, or those of its only part: a recurrent layer's are all its cell's.
  const std::vector<keras::WeightRecord>& variables() const;

  const keras::LayerRecord& record_;
  const keras::CallRecord* call_;
  std::string path_;
  std::vector<ValueId> inputs_;
  std::vector<Mask> masks_;
  LayerSurroundings surroundings_;
};

}  // namespace weir::layers
