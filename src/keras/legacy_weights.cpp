#include "keras/legacy_weights.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/fail.h"
#include "keras/flat_weights.h"
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

void read_layer(const Object& group, LayerRecord& layer) {
  std::vector<WeightRecord> weights = read_layer_list(group);
  if (layer.model != nullptr) {
    deal_out(std::move(weights), *layer.model);
  } else {
    layer.weights.vars = std::move(weights);
  }
}

/// Names of the file's groups by names of layers.
using Assignment = std::map<std::string_view, std::string>;

Assignment by_name(const std::vector<std::string>& groups, const ModelRecord& model) {
  Assignment assignment;
  for (const LayerRecord& layer : model.layers) {
    if (std::ranges::find(groups, layer.name) != groups.end()) {
      assignment.emplace(layer.name, layer.name);
    }
  }
  return assignment;
}

/// "dense" of "dense_12", which is what Keras calls a layer without a name of its own.
std::string_view without_number(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  const bool is_numbered = end != name.npos && end + 1 < name.size() && name[end] == '_';
  return is_numbered ? name.substr(0, end) : name;
}

/// The same model that was made again has other numbers in its layers' names: the i-th layer that
/// Keras calls "dense" takes the i-th of those groups.
Assignment by_rank(const std::vector<std::string>& groups, const ModelRecord& model) {
  std::map<std::string_view, std::deque<std::string>> left;
  for (const std::string& group : groups) left[without_number(group)].push_back(group);
  Assignment assignment;
  for (const LayerRecord& layer : model.layers) {
    auto& queue = left[without_number(layer.name)];
    if (queue.empty()) continue;
    assignment.emplace(layer.name, std::move(queue.front()));
    queue.pop_front();
  }
  return assignment;
}

/// A group with weights that goes to no layer; "" when there is none.
std::string left_over(const std::vector<std::string>& groups, const Assignment& assignment) {
  std::set<std::string_view> taken;
  for (const auto& [layer, group] : assignment) taken.insert(group);
  const auto found =
      std::ranges::find_if(groups, [&](auto& name) { return !taken.contains(name); });
  return found == groups.end() ? "" : *found;
}

/// Weights that have no layer to go to mean that the config is not this file's.
Assignment assign(const std::vector<std::string>& groups, const ModelRecord& model) {
  Assignment assignment = by_name(groups, model);
  const std::string unclaimed = left_over(groups, assignment);
  if (unclaimed.empty()) return assignment;
  assignment = by_rank(groups, model);
  require(left_over(groups, assignment).empty(), ErrorCode::kMalformed,
          "the weights in '{}' belong to no layer of model '{}'", unclaimed, model.name);
  return assignment;
}

/// The layers' groups that have weights, in the layers' order.
std::vector<std::string> weighted_groups(const Object& root) {
  std::vector<std::string> groups = read_list(root, "layer_names");
  std::erase_if(groups, [&](const std::string& name) {
    const auto group = root.find(name);
    return !group || read_list(*group, "weight_names").empty();
  });
  return groups;
}

}  // namespace

Json read_legacy_config(const Object& root) {
  std::string text;
  for (const std::string& piece : read_list(root, "model_config")) text += piece;
  require(!text.empty(), ErrorCode::kUnsupported,
          "the file holds no model ('model_config'), perhaps only its weights: give those "
          "beside the model's architecture (--weights FILE)");
  return parse_json(text, "model_config");
}

std::string read_legacy_version(const Object& root) {
  if (auto version = root.text("keras_version")) return *version;
  const auto weights = root.find("model_weights");
  return weights ? weights->text("keras_version").value_or("") : "";
}

bool has_legacy_weights(const Object& root) {
  return root.find("model_weights").has_value() || !read_list(root, "layer_names").empty();
}

void read_legacy_weights(const Object& root, ModelRecord& model) {
  const bool is_weights_alone = !read_list(root, "layer_names").empty();
  const Object group = is_weights_alone ? root : root.at("model_weights");
  const std::vector<std::string> groups = weighted_groups(group);
  const Assignment assignment = assign(groups, model);
  for (LayerRecord& layer : model.layers) {
    const auto found = assignment.find(layer.name);
    if (found == assignment.end()) continue;
    try {
      read_layer(group.at(found->second), layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
  }
  settle_inner(model);
}

}  // namespace weir::keras
