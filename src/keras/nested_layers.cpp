#include "keras/nested_layers.h"

#include <algorithm>

namespace weir::keras {
namespace {

/// Longer paths are nobody's; searching one costs the square of this.
constexpr std::ptrdiff_t kMostParts = 32;

}  // namespace

NestedLayers::NestedLayers(ModelRecord& model) {
  for (LayerRecord& layer : model.layers) {
    layers_.emplace(layer.name, &layer);
    if (layer.model == nullptr) continue;
    models_.emplace(layer.model.get(), std::make_unique<NestedLayers>(*layer.model));
  }
  add_all(model);
}

void NestedLayers::add_all(ModelRecord& model) {
  for (LayerRecord& layer : model.layers) {
    if (layer.model != nullptr) {
      add_all(*layer.model);
    } else if (const auto [at, is_new] = all_.emplace(layer.name, &layer); !is_new) {
      at->second = nullptr;
    }
  }
}

LayerRecord* NestedLayers::owner_of(std::string_view path) const {
  if (std::count(path.begin(), path.end(), '/') > kMostParts) return nullptr;
  if (LayerRecord* layer = descend(path)) return layer;
  // Keras 2 leaves out the names of the models on the way.
  return first_match(all_, path).layer;
}

/// The first name in the path that is a layer's is taken at its word.
LayerRecord* NestedLayers::descend(std::string_view path) const {
  const Match match = first_match(layers_, path);
  if (match.layer == nullptr || match.layer->model == nullptr) return match.layer;
  return models_.at(match.layer->model.get())->descend(match.rest);
}

/// Layers' names may have slashes in them, so runs of parts are tried, the longest first.
NestedLayers::Match NestedLayers::first_match(const Layers& layers, std::string_view path) {
  while (true) {
    for (std::size_t end = path.rfind('/'); end != path.npos && end > 0;
         end = path.rfind('/', end - 1)) {
      const auto found = layers.find(path.substr(0, end));
      if (found != layers.end() && found->second != nullptr) {
        return {found->second, path.substr(end + 1)};
      }
    }
    const std::size_t slash = path.find('/');
    if (slash == path.npos) return {};
    path.remove_prefix(slash + 1);
  }
}

}  // namespace weir::keras
