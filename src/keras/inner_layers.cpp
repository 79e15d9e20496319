#include "keras/inner_layers.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/fail.h"
#include "keras/json_text.h"
#include "keras/model_config.h"

namespace weir::keras {
namespace {

/// The config of a layer's config member, moved from it.
Json take(Json& config, std::string_view key) {
  const auto found = config.find(key);
  return found == config.end() ? Json() : std::exchange(*found, Json());
}

bool holds_class(const Json& value, std::string_view class_name) {
  if (member_of(value, "class_name") == class_name) return true;
  return value.is_structured() && std::any_of(value.begin(), value.end(), [&](const Json& item) {
           return holds_class(item, class_name);
         });
}

/// Keras 3 sets `go_backwards`, Keras 2 turns it round: the same for all that make sense.
Json backward_of(const Json& forward) {
  require(member_of(forward, "config").is_object(), ErrorCode::kMalformed,
          "the wrapped layer has no config");
  // Each copy would be copied again: what nests ten deep would be there a thousand times.
  require(!holds_class(forward, "Bidirectional"), ErrorCode::kUnsupported,
          "a Bidirectional layer in another one is not supported");
  Json backward = forward;
  Json& config = backward["config"];
  const Json& backwards = member_of(config, "go_backwards");
  config["go_backwards"] = !(backwards.is_boolean() && backwards.get<bool>());
  config["name"] = "backward_" + text_member(config, "name");
  return backward;
}

std::vector<InnerConfig> take_directions(Json& config) {
  Json forward = take(config, "layer");
  Json backward = take(config, "backward_layer");
  if (backward.is_null()) backward = backward_of(forward);
  return {{"forward_layer", std::move(forward)}, {"backward_layer", std::move(backward)}};
}

/// A list in an attribute: the groups are named after the classes, as those of a model's layers.
std::vector<InnerConfig> take_list(Json& config, std::string_view key) {
  Json layers = take(config, key);
  require(layers.is_array(), ErrorCode::kMalformed, "there is no list of {}", key);
  std::vector<InnerConfig> inner;
  std::map<std::string, std::size_t> used;
  for (Json& layer : layers) {
    const std::string base = to_snake_case(text_member(layer, "class_name"));
    const std::size_t number = used[base]++;
    const std::string name = number == 0 ? base : fmt::format("{}_{}", base, number);
    inner.push_back({fmt::format("{}/{}", key, name), std::move(layer)});
  }
  return inner;
}

/// Variables of a cell or of what holds cells; nothing where the config does not tell.
std::size_t variables_of(const LayerRecord& layer) {
  if (!layer.inner.empty()) {
    std::size_t count = 0;
    for (const InnerLayer& inner : layer.inner) count += variables_of(*inner.layer);
    return count;
  }
  const Json& bias = member_of(layer.config, "use_bias");
  return bias.is_boolean() && !bias.get<bool>() ? 2 : 3;
}

}  // namespace

std::vector<InnerConfig> take_inner_configs(LayerRecord& layer) {
  const auto one = [&](const char* key) {
    std::vector<InnerConfig> inner;
    inner.push_back({key, take(layer.config, key)});
    return inner;
  };
  if (layer.class_name == "Bidirectional") return take_directions(layer.config);
  if (layer.class_name == "TimeDistributed") return one("layer");
  if (layer.class_name == "RNN") return one("cell");
  if (layer.class_name == "SpectralNormalization") return one("layer");
  if (layer.class_name == "StackedRNNCells") return take_list(layer.config, "cells");
  if (layer.class_name == "Pipeline") return take_list(layer.config, "layers");
  return {};
}

void deal_out_to_inner(LayerRecord& layer) {
  if (layer.inner.empty() || layer.weights.vars.empty()) return;
  std::vector<WeightRecord> all = std::exchange(layer.weights.vars, {});
  // The wrapper's own vector, which only training reads, is the last one.
  if (layer.class_name == "SpectralNormalization" && !all.empty()) all.pop_back();
  auto next = all.begin();
  for (const InnerLayer& inner : layer.inner) {
    const auto left = static_cast<std::size_t>(all.end() - next);
    std::size_t count = left;
    if (layer.class_name == "Bidirectional") {
      count = all.size() / 2;
    } else if (layer.class_name == "StackedRNNCells") {
      count = variables_of(*inner.layer);
    }
    require(count <= left, ErrorCode::kMalformed,
            "the file has {} weights for it, which are too few", all.size());
    const auto end = next + static_cast<std::ptrdiff_t>(count);
    inner.layer->weights.vars = {std::make_move_iterator(next), std::make_move_iterator(end)};
    next = end;
  }
  require(next == all.end(), ErrorCode::kMalformed,
          "the file has {} weights for it, which are too many", all.size());
}

}  // namespace weir::keras
