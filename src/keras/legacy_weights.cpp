#include "keras/legacy_weights.h"

#include <set>
#include <utility>

#include "base/fail.h"
#include "keras/inner_layers.h"
#include "keras/json_text.h"
#include "keras/nested_layers.h"
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

void deal_out(std::vector<WeightRecord> weights, ModelRecord& model) {
  const NestedLayers layers(model);
  for (WeightRecord& weight : weights) {
    LayerRecord* owner = layers.owner_of(weight.name);
    require(owner != nullptr, ErrorCode::kUnsupported,
            "the file does not tell which layer inside it has the weight '{}'; save the model as "
            ".keras",
            weight.name);
    owner->weights.vars.push_back(std::move(weight));
  }
}

/// Variables that a layer was given for the layers in it go to those.
void settle(ModelRecord& model);

void settle(LayerRecord& layer) {
  deal_out_to_inner(layer);
  for (const InnerLayer& inner : layer.inner) {
    if (inner.layer->model != nullptr) {
      deal_out(std::exchange(inner.layer->weights.vars, {}), *inner.layer->model);
    }
    settle(*inner.layer);
  }
  if (layer.model != nullptr) settle(*layer.model);
}

void settle(ModelRecord& model) {
  for (LayerRecord& layer : model.layers) {
    try {
      settle(layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
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
void check_names(const Object& group, const ModelRecord& model) {
  std::set<std::string_view> known;
  for (const LayerRecord& layer : model.layers) known.insert(layer.name);
  for (const std::string& name : read_list(group, "layer_names")) {
    if (known.contains(name)) continue;
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
  settle(model);
  check_names(group, model);
}

}  // namespace weir::keras
