#include "keras/saved_model.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "keras/bundle/object_graph.h"
#include "keras/bundle/tensor_bundle.h"
#include "keras/bundle/wire.h"
#include "keras/flat_weights.h"
#include "keras/json_text.h"
#include "keras/model_config.h"

namespace weir::keras {
namespace {

using bundle::MessageReader;
using bundle::SavedObject;

constexpr const char* kIndex = "variables/variables.index";
/// The file does not say which, but only Keras 2 wrote such folders.
constexpr const char* kVersion = "2.x";
/// Objects refer to each other, so few bytes may ask for much work.
constexpr std::uint64_t kMostSteps = 10'000'000;

/// What Keras says of its objects, by their numbers: those of the bundle's object graph.
using Metadata = std::map<std::uint32_t, Json>;

Metadata read_metadata(std::span<const std::byte> message) {
  Metadata metadata;
  for (MessageReader nodes(message); nodes.next();) {
    if (nodes.field() != 1) continue;
    std::uint32_t object = 0;
    Json json;
    for (MessageReader node(nodes.bytes()); node.next();) {
      if (node.field() == 2) object = checked_cast<std::uint32_t>(node.number());
      if (node.field() == 5) json = parse_json(node.bytes(), "an object's metadata");
    }
    metadata.emplace(object, std::move(json));
  }
  return metadata;
}

/// Tuples and shapes are lists.
Json plain(Json value) {
  const Json& kind = member_of(value, "class_name");
  if (kind == "__tuple__" || kind == "TensorShape") {
    Json items = std::move(value["items"]);
    value = items.is_null() ? Json::array() : std::move(items);
  }
  if (value.is_structured()) {
    for (Json& item : value) item = plain(std::move(item));
  }
  return value;
}

ModelRecord parse_root(Json root) {
  const std::string class_name = text_member(root, "class_name");
  require(member_of(root, "config").is_object() && member_of(root["config"], "layers").is_array(),
          ErrorCode::kUnsupported,
          "class '{}' is a subclassed model: what it computes is in its program, not in the file",
          class_name);
  Json serialised = {
      {"class_name", class_name},
      {"config", plain(std::move(root["config"]))},
      {"build_config", {{"input_shape", plain(member_of(root, "build_input_shape"))}}}};
  return parse_model(std::move(serialised), kVersion);
}

/// Gives layers the variables of the objects that they were saved from.
class VariablesReader {
 public:
  VariablesReader(const Metadata& metadata, bundle::TensorBundle& tensors)
      : metadata_(metadata),
        tensors_(tensors),
        graph_(tensors.read_text("_CHECKPOINTABLE_OBJECT_GRAPH")),
        objects_(bundle::read_object_graph(graph_.bytes)) {
    require(!objects_.empty(), ErrorCode::kMalformed, "there are no objects in it");
  }

  /// Object 0 is the model that was saved.
  void read(ModelRecord& model) { read_model(0, model); }

 private:
  void read_model(std::uint32_t object, ModelRecord& model) {
    const std::map<std::string, std::uint32_t> layers = layers_of(object);
    for (LayerRecord& layer : model.layers) {
      const auto found = layers.find(layer.name);
      if (found == layers.end()) continue;
      try {
        read_layer(found->second, layer);
      } catch (const Error& error) {
        throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
      }
    }
  }

  /// The objects of a model's layers by the layers' names.
  std::map<std::string, std::uint32_t> layers_of(std::uint32_t model) {
    std::map<std::string, std::uint32_t> layers;
    for (const SavedObject::Child& child : objects_[model].children) {
      count_step();
      if (!child.name.starts_with("layer")) continue;
      const auto found = metadata_.find(child.object);
      if (found != metadata_.end())
        layers.emplace(text_member(found->second, "name"), child.object);
    }
    return layers;
  }

  void read_layer(std::uint32_t object, LayerRecord& layer) {
    if (layer.model != nullptr) {
      read_model(object, *layer.model);
    } else if (!read_inner(object, layer)) {
      layer.weights.vars = read_variables(object);
    }
  }

  /// False where the layers in it are not attributes of it, but in a list.
  bool read_inner(std::uint32_t object, LayerRecord& layer) {
    std::vector<std::uint32_t> parts;
    for (const InnerLayer& inner : layer.inner) {
      const auto part = objects_[object].child(inner.part);
      if (part) parts.push_back(*part);
    }
    if (layer.inner.empty() || parts.size() < layer.inner.size()) return false;
    for (std::size_t i = 0; i < parts.size(); ++i) read_layer(parts[i], *layer.inner[i].layer);
    return true;
  }

  std::vector<WeightRecord> read_variables(std::uint32_t object) {
    std::vector<WeightRecord> variables;
    const auto list = objects_[object].child("variables");
    if (!list) return variables;
    for (const SavedObject::Child& child : objects_[*list].children) {
      count_step();
      const SavedObject& variable = objects_[child.object];
      const std::string name(variable.variable_name);
      try {
        variables.push_back(tensors_.read(std::string(variable.variable_key)));
      } catch (const Error& error) {
        throw error.within({.file = {}, .layer = {}, .tensor = name});
      }
      variables.back().name = name;
    }
    return variables;
  }

  void count_step() {
    require(++steps_ <= kMostSteps, ErrorCode::kLimit, "its objects refer to too many others");
  }

  const Metadata& metadata_;
  bundle::TensorBundle& tensors_;
  SharedBytes graph_;
  std::vector<SavedObject> objects_;
  std::uint64_t steps_ = 0;
};

}  // namespace

ModelRecord read_saved_model(const OpenNamed& open) {
  const SharedBytes text = open(kSavedModelMetadata);
  Metadata metadata = read_metadata(text.bytes);
  const auto root = metadata.find(0);
  require(root != metadata.end(), ErrorCode::kMalformed, "'{}' has no model", kSavedModelMetadata);
  ModelRecord model = parse_root(std::move(root->second));
  bundle::TensorBundle tensors(open(kIndex), [&](std::uint32_t index, std::uint32_t count) {
    return open(fmt::format("variables/variables.data-{:05}-of-{:05}", index, count));
  });
  VariablesReader(metadata, tensors).read(model);
  settle_inner(model);
  return model;
}

ModelRecord load_saved_model(Folder& folder) {
  try {
    require(folder.has(kSavedModelMetadata), ErrorCode::kUnsupported,
            "is a folder without '{}', so no model that Keras saved; save it with model.save()",
            kSavedModelMetadata);
    ModelRecord model =
        read_saved_model([&](const std::string& name) { return folder.open(name); });
    folder.drop_all_pages();
    return model;
  } catch (const Error& error) {
    throw error.within({.file = folder.path().string(), .layer = {}, .tensor = {}});
  }
}

}  // namespace weir::keras
