#include "layers/build_graph.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/fail.h"
#include "base/shape_fit.h"
#include "layers/as_float.h"

namespace weir::layers {
namespace {

using keras::CallRecord;
using keras::LayerRecord;
using keras::ModelRecord;
using keras::NamedRef;
using keras::TensorRef;

bool is_input_layer(const LayerRecord& layer) { return layer.class_name == "InputLayer"; }

/// Whether a layer may ask for more of an input than int32 holds.
bool is_wide_integer(DType dtype) {
  return dtype == DType::kInt64 || dtype == DType::kUInt64 || dtype == DType::kUInt32;
}

ValueId add_input(graph::GraphBuilder& builder, DType declared, const Shape& shape) {
  const graph::ValueType type{executable_type(declared), shape};
  return is_wide_integer(declared) ? builder.add_narrowed_input(type, DType::kInt64)
                                   : builder.add_input(type);
}

std::optional<Shape> shape_in(const Json& config, std::string_view key, bool with_batch) {
  const auto found = config.find(key);
  if (found == config.end() || !found->is_array()) return std::nullopt;
  Shape shape;
  if (!with_batch) shape.push_back(Shape::kFree);
  for (const Json& size : *found) {
    require(size.is_null() || size.is_number_integer(), ErrorCode::kMalformed,
            "config key '{}' is not a shape", key);
    shape.push_back(size.is_null() ? Shape::kFree : size.get<std::int64_t>());
  }
  return shape;
}

/// The batch shape that a layer's config declares, in the spelling of any Keras.
std::optional<Shape> declared_shape(const LayerRecord& layer) {
  for (const auto& [key, with_batch] : {std::pair{"batch_shape", true},
                                        {"batch_input_shape", true},
                                        {"input_shape", false},
                                        {"shape", false}}) {
    if (auto shape = shape_in(layer.config, key, with_batch)) return shape;
  }
  return std::nullopt;
}

/// "float32", or the policy {"class_name": "DTypePolicy", "config": {"name": "float32"}}.
DType declared_type(const LayerRecord& layer) {
  Json dtype = layer.config.value("dtype", Json("float32"));
  if (dtype.is_object()) dtype = dtype.value("config", Json::object()).value("name", Json());
  if (!dtype.is_string()) return DType::kFloat32;
  const std::string name = dtype.get<std::string>();
  if (name.starts_with("mixed_")) return DType::kFloat32;
  const auto known = dtype_from_name(name);
  require(known.has_value(), ErrorCode::kUnsupported, "inputs of type '{}' are not supported",
          name);
  return *known;
}

TensorSpec input_spec(const LayerRecord& layer) {
  try {
    const std::optional<Shape> shape = declared_shape(layer);
    require(shape.has_value(), ErrorCode::kMalformed, "gives no input shape");
    return {layer.name, declared_type(layer), *shape};
  } catch (const Error& error) {
    throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
  }
}

const LayerRecord& layer_named(const ModelRecord& model, const std::string& name) {
  const auto found = std::find_if(model.layers.begin(), model.layers.end(),
                                  [&](const LayerRecord& layer) { return layer.name == name; });
  require(found != model.layers.end(), ErrorCode::kMalformed, "there is no layer '{}'", name);
  return *found;
}

std::vector<TensorSpec> input_specs(const ModelRecord& model);

/// The type of an input that nothing declares: what its only reader takes.
DType type_taken_by(const LayerRecord& layer) {
  const std::string& name = layer.class_name;
  if (name == "Embedding") return DType::kInt32;
  const bool inverts = Config(layer.config).boolean("invert", false);
  if (name == "TextVectorization" || (name == "StringLookup" && !inverts)) return DType::kString;
  return name == "StringLookup" || name == "IntegerLookup" ? DType::kInt64 : DType::kFloat32;
}

/// A Sequential model's input: its InputLayer's, what its first layer declares, or what the model
/// was built with.
TensorSpec sequential_input(const ModelRecord& model) {
  require(!model.layers.empty(), ErrorCode::kMalformed, "the model '{}' has no layers", model.name);
  const LayerRecord& first = model.layers.front();
  if (is_input_layer(first)) return input_spec(first);
  if (first.model != nullptr) {
    const std::vector<TensorSpec> specs = input_specs(*first.model);
    require(specs.size() == 1, ErrorCode::kMalformed, "its first layer has {} inputs",
            specs.size());
    return specs.front();
  }
  const std::optional<Shape> shape =
      declared_shape(first).has_value() ? declared_shape(first) : model.build_input_shape;
  require(shape.has_value(), ErrorCode::kUnsupported,
          "the model '{}' was saved without an input shape; build it (model.build(shape) or an "
          "Input layer) and save it again",
          model.name);
  return {first.name + "_input", type_taken_by(first), *shape};
}

std::vector<TensorSpec> input_specs(const ModelRecord& model) {
  if (model.kind == ModelRecord::Kind::kSequential) return {sequential_input(model)};
  std::vector<TensorSpec> specs;
  for (const NamedRef& input : model.inputs) {
    specs.push_back(input_spec(layer_named(model, input.ref.layer)));
  }
  return specs;
}

std::vector<std::string> output_names(const ModelRecord& model) {
  if (model.kind == ModelRecord::Kind::kSequential) return {model.layers.back().name};
  std::vector<std::string> names;
  std::map<std::string, std::size_t> used;
  for (const NamedRef& output : model.outputs) {
    const std::string& name = output.key.empty() ? output.ref.layer : output.key;
    const std::size_t same = used[name]++;
    names.push_back(same == 0 ? name : fmt::format("{}_{}", name, same));
  }
  return names;
}

/// A tensor between layers, with the mask that Keras has for it.
struct Tensor {
  ValueId value = 0;
  Mask mask;
};
using Tensors = std::vector<Tensor>;

std::vector<ValueId> values_of(const Tensors& tensors) {
  std::vector<ValueId> values;
  for (const Tensor& tensor : tensors) values.push_back(tensor.value);
  return values;
}

/// Adds the layers of a model, and of the models in it, to one graph.
class GraphMaker final : public InnerLayers {
 public:
  GraphMaker(const Registry& registry, graph::GraphBuilder& builder, ModelFacts facts,
             LayerShapes* shapes)
      : registry_(registry), builder_(builder), facts_(facts), shapes_(shapes) {}

  Tensors add_model(const ModelRecord& model, const std::string& prefix, const Tensors& inputs) {
    return model.kind == ModelRecord::Kind::kSequential ? add_sequential(model, prefix, inputs)
                                                        : add_functional(model, prefix, inputs);
  }

  std::vector<ValueId> add(const LayerRecord& layer, const std::string& path,
                           const std::vector<ValueId>& inputs,
                           graph::GraphBuilder& builder) const override {
    GraphMaker maker(registry_, builder, facts_, nullptr);
    return values_of(maker.lower(layer, nullptr, path, masked(inputs, {})));
  }

 private:
  using Key = std::pair<std::string, std::int64_t>;  // A layer and which call of it.
  using Made = std::map<Key, Tensors>;

  Tensors add_sequential(const ModelRecord& model, const std::string& prefix, Tensors tensors) {
    for (const LayerRecord& layer : model.layers) {
      if (is_input_layer(layer)) {
        note_shapes(prefix + layer.name, tensors);
      } else {
        tensors = add_layer(layer, nullptr, prefix, tensors);
      }
    }
    return tensors;
  }

  Tensors add_functional(const ModelRecord& model, const std::string& prefix,
                         const Tensors& inputs) {
    require(inputs.size() == model.inputs.size(), ErrorCode::kInvalidArgument,
            "the model '{}' has {} inputs, but is given {}", model.name, model.inputs.size(),
            inputs.size());
    Made made;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      made[{model.inputs[i].ref.layer, 0}] = {inputs[i]};
      note_shapes(prefix + model.inputs[i].ref.layer, {inputs[i]});
    }
    // A call is added once its inputs are made. A pass over the file's order nearly always does.
    std::vector<std::pair<const LayerRecord*, std::size_t>> waiting;
    for (const LayerRecord& layer : model.layers) {
      for (std::size_t i = 0; i < layer.calls.size(); ++i) waiting.emplace_back(&layer, i);
    }
    while (!waiting.empty()) {
      const std::size_t before = waiting.size();
      std::erase_if(waiting, [&](const auto& item) {
        const auto& [layer, number] = item;
        const Key key{layer->name, static_cast<std::int64_t>(number)};
        return made.contains(key) || add_call(*layer, layer->calls[number], key, prefix, made);
      });
      require(waiting.size() < before, ErrorCode::kMalformed,
              "layer '{}' depends on itself or on a tensor that no layer makes",
              waiting.empty() ? "" : waiting.front().first->name);
    }
    Tensors outputs;
    for (const NamedRef& output : model.outputs) outputs.push_back(made_tensor(made, output.ref));
    return outputs;
  }

  static Tensor made_tensor(const Made& made, const TensorRef& ref) {
    const auto found = made.find({ref.layer, ref.node});
    require(found != made.end(), ErrorCode::kMalformed, "call {} of layer '{}' does not exist",
            ref.node, ref.layer);
    require(ref.tensor >= 0 && static_cast<std::size_t>(ref.tensor) < found->second.size(),
            ErrorCode::kMalformed, "layer '{}' has {} outputs, not {}", ref.layer,
            found->second.size(), ref.tensor + 1);
    return found->second[static_cast<std::size_t>(ref.tensor)];
  }

  /// False when an input is not made yet.
  bool add_call(const LayerRecord& layer, const CallRecord& call, const Key& key,
                const std::string& prefix, Made& made) {
    Tensors tensors;
    for (const TensorRef& ref : call.tensors) {
      if (!made.contains({ref.layer, ref.node})) return false;
      tensors.push_back(made_tensor(made, ref));
    }
    made[key] = add_layer(layer, &call, prefix, with_given_masks(call, std::move(tensors)));
    return true;
  }

  /// The tensors that a layer is called on; the masks that the call names take the place of theirs.
  static Tensors with_given_masks(const CallRecord& call, Tensors tensors) {
    if (call.masks == 0) return tensors;
    const Json& argument = call.kwargs.at("mask");
    const Json given = is_tensor(argument) ? Json::array({argument}) : argument;
    Tensors inputs(tensors.begin(), tensors.end() - static_cast<std::ptrdiff_t>(call.masks));
    for (Tensor& input : inputs) input.mask.reset();
    for (std::size_t i = 0; i < std::min(given.size(), inputs.size()); ++i) {
      if (!is_tensor(given[i])) continue;
      inputs[i].mask = tensors.at(given[i]["tensor"].get<std::size_t>()).value;
    }
    return inputs;
  }

  static bool is_tensor(const Json& argument) {
    return argument.is_object() && argument.contains("tensor");
  }

  Tensors add_layer(const LayerRecord& layer, const CallRecord* call, const std::string& prefix,
                    const Tensors& inputs) {
    const std::string path = prefix + layer.name;
    Tensors outputs = lower(layer, call, path, inputs);
    note_shapes(path, outputs);
    return outputs;
  }

  void note_shapes(const std::string& path, const Tensors& tensors) {
    if (shapes_ == nullptr) return;
    std::vector<Shape>& shapes = (*shapes_)[path];
    shapes.clear();
    for (const Tensor& tensor : tensors) shapes.push_back(builder_.type(tensor.value).shape);
  }

  Tensors lower(const LayerRecord& layer, const CallRecord* call, const std::string& path,
                const Tensors& inputs) {
    if (layer.model != nullptr) {
      return add_model(*layer.model, path + "/", inputs_in_order(*layer.model, call, inputs));
    }
    try {
      std::vector<Mask> masks;
      for (const Tensor& input : inputs) masks.push_back(input.mask);
      LayerCall lowering(layer, call, path, values_of(inputs), std::move(masks),
                         {builder_, facts_, *this});
      const LayerEntry& entry = registry_.find(layer);
      const std::vector<ValueId> values = entry.lower(lowering);
      return masked(values,
                    entry.masks == nullptr ? std::vector<Mask>() : entry.masks(lowering, values));
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = path, .tensor = {}});
    } catch (const Json::exception& error) {
      throw Error(ErrorCode::kMalformed, fmt::format("config: {}", error.what()),
                  {.file = {}, .layer = path, .tensor = {}});
    }
  }

  static Tensors masked(const std::vector<ValueId>& values, const std::vector<Mask>& masks) {
    Tensors tensors;
    for (std::size_t i = 0; i < values.size(); ++i) {
      tensors.push_back({values[i], i < masks.size() ? masks[i] : Mask()});
    }
    return tensors;
  }

  /// A model with named inputs is called on a dict: its entries are put in the model's order.
  static Tensors inputs_in_order(const ModelRecord& model, const CallRecord* call,
                                 const Tensors& inputs) {
    if (call == nullptr || call->args.empty() || !call->args[0].is_object() ||
        call->args[0].contains("tensor")) {
      return inputs;
    }
    Tensors ordered;
    for (const NamedRef& input : model.inputs) {
      const std::string& key = input.key.empty() ? input.ref.layer : input.key;
      const auto entry = call->args[0].find(key);
      require(entry != call->args[0].end() && is_tensor(*entry), ErrorCode::kMalformed,
              "the call of '{}' has no input '{}'", model.name, key);
      ordered.push_back(inputs.at((*entry)["tensor"].get<std::size_t>()));
    }
    return ordered;
  }

  const Registry& registry_;
  graph::GraphBuilder& builder_;
  ModelFacts facts_;
  LayerShapes* shapes_;
};

void check_input(const TensorSpec& spec, const Shape& given) {
  const bool fits = given.is_static() && rows_fit(given, spec.shape);
  require(fits, ErrorCode::kInvalidArgument, "input '{}' has the shape {}, but is given {}",
          spec.name, to_string(spec.shape), to_string(given));
}

/// Strings belong to whoever hands them over: they are gone before somebody reads an output.
void check_strings(const graph::Graph& graph) {
  std::set<ValueId> given;
  for (const ValueId input : graph.inputs) {
    if (graph.values[input].dtype == DType::kString) given.insert(input);
  }
  for (const graph::Node& node : graph.nodes) {
    const bool hands_on =
        std::ranges::any_of(node.inputs, [&](ValueId input) { return given.contains(input); });
    for (const ValueId output : node.outputs) {
      if (hands_on && graph.values[output].dtype == DType::kString) given.insert(output);
    }
  }
  const bool is_output =
      std::ranges::any_of(graph.outputs, [&](ValueId output) { return given.contains(output); });
  require(!is_output, ErrorCode::kUnsupported,
          "an output of the model is a text that it is given, as it is; use that text itself");
}

}  // namespace

ModelSignature signature(const ModelRecord& model) {
  ModelSignature result{input_specs(model), {}};
  for (const TensorSpec& spec : result.inputs) {
    require(!spec.shape.empty(), ErrorCode::kUnsupported, "input '{}' has no batch axis",
            spec.name);
  }
  result.output_names = output_names(model);
  return result;
}

graph::Graph build_graph(const ModelRecord& model, std::span<const Shape> input_shapes,
                         LayerShapes* shapes, const Registry& registry) {
  const std::vector<TensorSpec> specs = input_specs(model);
  require(specs.size() == input_shapes.size(), ErrorCode::kInvalidArgument,
          "the model has {} inputs, but is given {}", specs.size(), input_shapes.size());
  graph::GraphBuilder builder;
  Tensors inputs;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    check_input(specs[i], input_shapes[i]);
    inputs.push_back({add_input(builder, specs[i].dtype, input_shapes[i]), {}});
  }
  GraphMaker maker(registry, builder, {model.is_keras2(), model.has_weights}, shapes);
  graph::Graph graph = builder.finish(values_of(maker.add_model(model, "", inputs)));
  check_strings(graph);
  return graph;
}

}  // namespace weir::layers
