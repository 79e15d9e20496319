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
  bool masked = false;      ///< A layer before this one made a mask (Embedding with mask_zero).
};

/// One call of one layer while a graph is built: what it is, what it gets, where its operations go.
class LayerCall {
 public:
  LayerCall(const keras::LayerRecord& record, const keras::CallRecord* call, std::string path,
            std::vector<ValueId> inputs, graph::GraphBuilder& builder, ModelFacts facts)
      : record_(record),
        call_(call),
        path_(std::move(path)),
        inputs_(std::move(inputs)),
        builder_(builder),
        facts_(facts) {}

  /// The same call of another layer, which must outlive the result.
  LayerCall of(const keras::LayerRecord& record) const {
    return {record, call_, path_, inputs_, builder_, facts_};
  }

  const keras::LayerRecord& record() const { return record_; }
  Config config() const { return Config(record_.config); }
  /// The call's arguments; null in a Sequential model, where the only argument is the input.
  const keras::CallRecord* call() const { return call_; }
  /// The tensors it is called on: all in order of their place in `call()`.
  std::span<const ValueId> inputs() const { return inputs_; }
  /// The only input. Throws kInvalidArgument when there is not exactly one.
  ValueId input() const;
  const graph::ValueType& type(ValueId value) const { return builder_.type(value); }
  const Shape& shape(ValueId value) const { return builder_.type(value).shape; }
  /// Written by Keras 2: some layers mean something else there.
  bool keras2() const { return facts_.keras2; }

  /// Adds an operation of one output, or of several, to the graph.
  ValueId add(graph::OperationPtr operation, std::vector<ValueId> inputs);
  std::vector<ValueId> add_many(graph::OperationPtr operation, std::vector<ValueId> inputs);

  /// Variable `index` of the layer. Throws kMalformed when it is missing or has another shape. In a
  /// model without weights it is a constant without data.
  graph::Constant weight(std::size_t index, const Shape& expected) const;
  std::size_t weight_count() const { return record_.weights.vars.size(); }
  /// Keras may hand the layer a mask that its file does not mention.
  bool may_be_masked() const { return facts_.masked; }
  /// False for a bare architecture.
  bool has_weights() const { return facts_.has_weights; }
  /// Unique in the model: "backbone/conv1".
  const std::string& path() const { return path_; }

 private:
  const keras::LayerRecord& record_;
  const keras::CallRecord* call_;
  std::string path_;
  std::vector<ValueId> inputs_;
  graph::GraphBuilder& builder_;
  ModelFacts facts_;
};

/// Adds the layer's operations and returns its outputs.
using Lower = std::function<std::vector<ValueId>(LayerCall& call)>;

}  // namespace weir::layers
