#include "keras/legacy_weights.h"

#include <algorithm>

#include "base/fail.h"
#include "keras/json_text.h"
#include "keras/variables.h"

namespace weir::keras {
namespace {

using hdf5::Object;

/// A text or a list too large for one attribute is cut into "name0", "name1", …
std::vector<std::string> read_list(const Object& object, const std::string& name) {
  if (const auto whole = object.text_list(name)) return *whole;
  std::vector<std::string> list;
  for (std::size_t i = 0;; ++i) {
    const auto piece = object.text_list(fmt::format("{}{}", name, i));
    if (!piece) return list;
    list.insert(list.end(), piece->begin(), piece->end());
  }
}

std::vector<WeightRecord> read_layer_list(const Object& group) {
  std::vector<WeightRecord> weights;
  for (const std::string& name : read_list(group, "weight_names")) {
    weights.push_back(read_variable(group.at(name), name));
  }
  return weights;
}

LayerRecord* find_layer(ModelRecord& model, std::string_view name) {
  const auto found = std::find_if(model.layers.begin(), model.layers.end(),
                                  [&](const LayerRecord& layer) { return layer.name == name; });
  return found == model.layers.end() ? nullptr : &*found;
}

/// The layer in a nest of models that a variable's path leads to: the first part of the path that
/// is a layer's name, and, when that is a model, the first part after it that is one's in there.
/// Parts in front may be scopes: the model's own name, or whatever it was built in.
LayerRecord* find_owner(ModelRecord& model, std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (slash == path.npos) return nullptr;  // The last part is the variable's own name.
    LayerRecord* layer = find_layer(model, path.substr(0, slash));
    path.remove_prefix(slash + 1);
    if (layer == nullptr) continue;
    if (layer->model == nullptr) return layer;
    if (LayerRecord* inner = find_owner(*layer->model, path)) return inner;
  }
}

LayerRecord* find_in_nested_models(ModelRecord& model, std::string_view path) {
  if (LayerRecord* layer = find_owner(model, path)) return layer;
  // Keras 2 leaves out the names of models between.
  for (LayerRecord& layer : model.layers) {
    if (layer.model == nullptr) continue;
    if (LayerRecord* inner = find_in_nested_models(*layer.model, path)) return inner;
  }
  return nullptr;
}

void deal_out(std::vector<WeightRecord> weights, ModelRecord& model) {
  for (WeightRecord& weight : weights) {
    LayerRecord* owner = find_in_nested_models(model, weight.name);
    require(owner != nullptr, ErrorCode::kUnsupported,
            "the file does not tell which layer inside it has the weight '{}'; save the model as "
            ".keras",
            weight.name);
    owner->weights.vars.push_back(std::move(weight));
  }
}

void read_layer(const Object& group, LayerRecord& layer) {
  std::vector<WeightRecord> weights = read_layer_list(group);
  if (layer.model != nullptr) {
    deal_out(std::move(weights), *layer.model);
  } else {
    layer.weights.vars = std::move(weights);
  }
}

/// A group that has weights but no layer to go to means that the config is not this file's.
void check_names(const Object& group, ModelRecord& model) {
  for (const std::string& name : read_list(group, "layer_names")) {
    if (find_layer(model, name) != nullptr) continue;
    const auto unclaimed = group.find(name);
    require(!unclaimed || read_list(*unclaimed, "weight_names").empty(), ErrorCode::kMalformed,
            "the weights in '{}' belong to no layer of model '{}'", name, model.name);
  }
}

}  // namespace

Json read_legacy_config(const Object& root) {
  std::string text;
  for (const std::string& piece : read_list(root, "model_config")) text += piece;
  require(!text.empty(), ErrorCode::kUnsupported,
          "the file holds no model ('model_config'), perhaps only its weights; save the whole "
          "model");
  return parse_json(text, "model_config");
}

std::string read_legacy_version(const Object& root) {
  if (auto version = root.text("keras_version")) return *version;
  const auto weights = root.find("model_weights");
  return weights ? weights->text("keras_version").value_or("") : "";
}

void read_legacy_weights(const Object& root, ModelRecord& model) {
  const Object group = root.at("model_weights");
  for (LayerRecord& layer : model.layers) {
    try {
      if (const auto layer_group = group.find(layer.name)) read_layer(*layer_group, layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
  }
  check_names(group, model);
}

}  // namespace weir::keras
