#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "keras/record.h"

namespace weir::keras {

/// Finds the layer, in a model and the models in it, that a variable's path names in a legacy file.
/// A path is like "outer/inner/dense/kernel:0": names of scopes, some of them layers', and the
/// variable's own name last. Refers to the model, which must outlive it and stay as it is.
class NestedLayers {
 public:
  explicit NestedLayers(ModelRecord& model);

  /// Null when the path does not tell.
  LayerRecord* owner_of(std::string_view path) const;

 private:
  struct Match {
    LayerRecord* layer = nullptr;
    std::string_view rest;  ///< Of the path, behind the layer's name.
  };
  using Layers = std::map<std::string_view, LayerRecord*>;
  static Match first_match(const Layers& layers, std::string_view path);
  void add_all(ModelRecord& model);
  LayerRecord* descend(std::string_view path) const;

  Layers layers_;
  std::map<const ModelRecord*, std::unique_ptr<NestedLayers>> models_;
  Layers all_;  ///< Layers that are no models, at any depth; null for a name that repeats.
};

}  // namespace weir::keras
