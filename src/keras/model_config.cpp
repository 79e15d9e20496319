#include "keras/model_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/fail.h"
#include "keras/functional_config.h"
#include "keras/inner_layers.h"
#include "keras/json_text.h"

namespace weir::keras {
namespace {

constexpr std::string_view kOperations = "keras.src.ops";

bool is_functional_config(const Json& config) {
  return config.is_object() && config.contains("layers") && config.contains("input_layers") &&
         config.contains("output_layers");
}

bool is_model(const std::string& class_name, const Json& config) {
  return class_name == "Sequential" || class_name == "Functional" || class_name == "Model" ||
         is_functional_config(config);
}

/// A batch shape: a list of sizes and nulls. Nothing for anything else, such as a list of shapes.
std::optional<Shape> parse_shape(const Json& value) {
  if (!value.is_array() || value.size() > Shape::kMaxRank) return std::nullopt;
  Shape shape;
  for (const Json& size : value) {
    const bool is_size = size.is_number_integer() && size >= 0;
    if (!size.is_null() && !is_size) return std::nullopt;
    shape.push_back(size.is_null() ? Shape::kFree : size.get<std::int64_t>());
  }
  return shape;
}

class ModelParser {
 public:
  explicit ModelParser(const std::string& keras_version) : keras_version_(keras_version) {}

  ModelRecord parse(Json&& serialised) const {
    const std::string class_name = text_member(serialised, "class_name");
    Json config = std::move(serialised["config"]);
    ModelRecord model = class_name == "Sequential" && !is_functional_config(config)
                            ? parse_sequential(config)
                            : parse_functional(config);
    if (model.kind == ModelRecord::Kind::kSequential && !model.build_input_shape) {
      model.build_input_shape =
          parse_shape(member_of(member_of(serialised, "build_config"), "input_shape"));
    }
    return model;
  }

 private:
  /// Its config is {"name": …, "layers": […]}, or the bare list of layers in old files.
  ModelRecord parse_sequential(Json& config) const {
    ModelRecord model;
    model.kind = ModelRecord::Kind::kSequential;
    model.keras_version = keras_version_;
    model.name = text_member(config, "name");
    if (model.name.empty()) model.name = "sequential";
    model.build_input_shape = parse_shape(member_of(config, "build_input_shape"));
    add_layers(config.is_array() ? std::move(config) : std::move(config["layers"]), model);
    // Keras 2 leaves the calls that a shared layer has elsewhere.
    for (LayerRecord& layer : model.layers) layer.calls.clear();
    return model;
  }

  ModelRecord parse_functional(Json& config) const {
    require(config.is_object(), ErrorCode::kMalformed, "a model's config is not a dict");
    ModelRecord model;
    model.kind = ModelRecord::Kind::kFunctional;
    model.keras_version = keras_version_;
    model.name = text_member(config, "name");
    if (model.name.empty()) model.name = "functional";
    const bool keras2_form = add_layers(std::move(config["layers"]), model);
    model.inputs = parse_ends(config["input_layers"]);
    model.outputs = parse_ends(config["output_layers"]);
    require(!model.inputs.empty() && !model.outputs.empty(), ErrorCode::kMalformed,
            "model '{}' has no inputs or no outputs", model.name);
    number_nodes_from_zero(model, keras2_form);
    check_graph(model);
    return model;
  }

  /// True when any layer's calls are in Keras 2's form.
  bool add_layers(Json&& layers, ModelRecord& model) const {
    require(layers.is_array(), ErrorCode::kMalformed, "model '{}' has no list of layers",
            model.name);
    std::set<std::string> names;
    bool keras2_form = false;
    for (Json& layer : layers) {
      keras2_form = keras2_form || is_keras2_form(member_of(layer, "inbound_nodes"));
      model.layers.push_back(parse_layer(std::move(layer), model.layers.size()));
      const std::string& name = model.layers.back().name;
      require(names.insert(name).second, ErrorCode::kMalformed,
              "two layers of model '{}' are named '{}'", model.name, name);
    }
    return keras2_form;
  }

  LayerRecord parse_layer(Json&& serialised, std::size_t position) const {
    LayerRecord layer;
    layer.class_name = text_member(serialised, "class_name");
    require(!layer.class_name.empty(), ErrorCode::kMalformed, "layer {} has no class name",
            position);
    layer.name = layer_name(serialised, layer.class_name, position);
    try {
      fill_layer(serialised, layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
    return layer;
  }

  void fill_layer(Json& serialised, LayerRecord& layer) const {
    layer.module = text_member(serialised, "module");
    layer.registered_name = text_member(serialised, "registered_name");
    const Json& id = member_of(serialised, "shared_object_id");
    if (id.is_number_integer()) layer.shared_object_id = id.get<std::int64_t>();
    layer.calls = parse_calls(std::move(serialised["inbound_nodes"]), layer.class_name);
    Json& config = serialised["config"];
    if (is_model(layer.class_name, config)) {
      layer.model = std::make_shared<ModelRecord>(parse(std::move(serialised)));
      layer.config = Json::object();
      return;
    }
    layer.config = config.is_null() ? Json::object() : std::move(config);
    require(layer.config.is_object(), ErrorCode::kMalformed, "its config is not a dict");
    if (is_operation_of_legacy_file(layer)) layer.module = kOperations;
    for (InnerConfig& inner : take_inner_configs(layer)) {
      auto record = parse_layer(std::move(inner.serialised), layer.inner.size());
      layer.inner.push_back(
          {std::move(inner.part), std::make_shared<LayerRecord>(std::move(record))});
    }
  }

  /// A legacy file gives no modules. No operation's config says what is trainable there, and every
  /// layer's does but for a few.
  bool is_operation_of_legacy_file(const LayerRecord& layer) const {
    constexpr std::array<std::string_view, 7> kPlainLayers{
        "Discretization",   "HashedCrossing",   "InputLayer",      "Pipeline",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"};
    return layer.module.empty() && keras_version_.starts_with("3.") &&
           !layer.config.contains("trainable") &&
           std::ranges::find(kPlainLayers, layer.class_name) == kPlainLayers.end();
  }

  static std::string layer_name(const Json& serialised, const std::string& class_name,
                                std::size_t position) {
    std::string name = text_member(serialised, "name");
    if (name.empty()) name = text_member(member_of(serialised, "config"), "name");
    // Files of Keras 1 and bare lists may leave it to Keras to make up one.
    if (name.empty()) name = fmt::format("{}_{}", to_snake_case(class_name), position);
    return name;
  }

  const std::string& keras_version_;
};

}  // namespace

ModelRecord parse_model(Json&& serialised, const std::string& keras_version) {
  require(
      !keras_version.starts_with("1."), ErrorCode::kUnsupported,
      "the model was written by Keras {}, whose layers have other options; load it in Keras 2.0 "
      "to 2.3, which reads it, and save it again",
      keras_version.substr(0, 20));
  const std::string class_name = text_member(serialised, "class_name");
  require(!class_name.empty(), ErrorCode::kMalformed, "the model's config has no class name");
  require(is_model(class_name, member_of(serialised, "config")), ErrorCode::kUnsupported,
          "the model is a '{}', whose graph is Python code that the file does not hold; save a "
          "Functional or Sequential model of it",
          class_name);
  ModelRecord model = ModelParser(keras_version).parse(std::move(serialised));
  count_calls(model);
  return model;
}

/// Keras: re.sub("(.)([A-Z][a-z]+)", r"\1_\2"), then re.sub("([a-z])([A-Z])", r"\1_\2"), then
/// lower case.
std::string to_snake_case(std::string_view class_name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string words;
  for (const char c : class_name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') words += c;
  }
  std::string snake;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool starts_word = i > 0 && upper(words[i]) &&
                             ((i + 1 < words.size() && lower(words[i + 1])) || lower(words[i - 1]));
    if (starts_word) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(words[i])));
  }
  return snake;
}

}  // namespace weir::keras
