#include "keras/variables.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <string>

#include "base/fail.h"
#include "keras/layer_groups.h"
#include "keras/tied_embedding.h"

namespace weir::keras {
namespace {

using hdf5::Object;

/// Parts of parts: a wrapper of a wrapper of a recurrent layer's cell is 4 deep.
constexpr int kDeepestPart = 24;

/// Variables are named "0", "1", …: their order is that of the numbers, not of the texts.
std::map<std::uint64_t, std::string> numbered(const hdf5::Links& links) {
  std::map<std::uint64_t, std::string> names;
  for (const auto& [name, address] : links) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = error == std::errc{} && end == name.data() + name.size();
    // Some layers name their variables instead; they come last, in the order of their names.
    names.emplace(whole ? number : links.size() + names.size(), name);
  }
  return names;
}

/// The variables of a layer itself, without its parts'.
std::vector<WeightRecord> read_own(const Object& group) {
  std::vector<WeightRecord> weights;
  const auto variables = group.find("vars");
  if (!variables) return weights;
  for (const auto& [number, name] : numbered(variables->links())) {
    weights.push_back(read_variable(variables->at(name), name));
  }
  return weights;
}

LayerWeights read_layer(const Object& group, int depth) {
  require(depth <= kDeepestPart, ErrorCode::kMalformed, "its weights nest deeper than {} levels",
          kDeepestPart);
  LayerWeights weights{read_own(group), {}};
  for (const auto& [name, address] : group.links()) {
    const Object child = group.at(name);
    if (name != "vars" && !child.is_dataset()) {
      LayerWeights part = read_layer(child, depth + 1);
      if (!part.vars.empty() || !part.parts.empty()) weights.parts.emplace(name, std::move(part));
    }
  }
  return weights;
}

/// Adds variables of another file, which come behind those that are there.
void append(LayerWeights more, LayerWeights& weights) {
  std::ranges::move(more.vars, std::back_inserter(weights.vars));
  for (auto& [name, part] : more.parts) append(std::move(part), weights.parts[name]);
}

bool has_weights(const LayerRecord& layer) {
  if (layer.model != nullptr) return std::ranges::any_of(layer.model->layers, has_weights);
  return !layer.weights.vars.empty() || !layer.weights.parts.empty() || layer.vocabulary ||
         std::ranges::any_of(layer.inner,
                             [](const InnerLayer& inner) { return has_weights(*inner.layer); });
}

/// Gives layers of one object the weights that the file keeps at the first of them. Which are one
/// is told by their numbers; an architecture JSON has none, and there equal layers that have one
/// name are taken for one where the file has the weights of the first only.
class SharedWeights {
 public:
  explicit SharedWeights(bool by_config) : by_config_(by_config) {}

  void see_all(ModelRecord& model) {
    for (LayerRecord& layer : model.layers) {
      if (layer.model != nullptr) see_all(*layer.model);
      see(layer);
    }
  }

 private:
  void see(LayerRecord& layer) {
    if (!layer.shared_object_id && !by_config_) return;
    const LayerRecord*& first = first_[name_of(layer)];
    if (has_weights(layer)) {
      if (first == nullptr) first = &layer;
    } else if (first != nullptr && (layer.shared_object_id || first->config == layer.config)) {
      layer.weights = first->weights;
      layer.inner = first->inner;
      layer.vocabulary = first->vocabulary;
    }
  }

  static std::string name_of(const LayerRecord& layer) {
    return layer.shared_object_id ? std::to_string(*layer.shared_object_id)
                                  : layer.class_name + ' ' + layer.name;
  }

  bool by_config_;
  std::map<std::string, const LayerRecord*> first_;  ///< With weights, in the order of the file.
};

class WeightsReader {
 public:
  explicit WeightsReader(const ReadAsset& read_asset) : read_asset_(read_asset) {}

  /// `path` is the group's, and ends with a slash.
  void read(const Object& group, const std::string& path, ModelRecord& model) {
    const auto groups = layer_groups(group, model);
    for (LayerRecord& layer : model.layers) {
      const auto found = groups.find(layer.name);
      try {
        if (found != groups.end()) {
          read_one(found->second.object, path + found->second.path, layer);
        }
      } catch (const Error& error) {
        throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
      }
    }
  }

 private:
  void read_one(const Object& group, const std::string& path, LayerRecord& layer) {
    if (layer.model != nullptr) {
      read(group, path + "/", *layer.model);
    } else if (layer.inner.empty()) {
      append(read_layer(group, 0), layer.weights);
      if (auto found = read_vocabulary(path)) layer.vocabulary = std::move(found);
    } else {
      append({read_own(group), {}}, layer.weights);
      for (const InnerLayer& inner : layer.inner) {
        if (const auto part = group.find(inner.part)) {
          read_one(*part, path + "/" + inner.part, *inner.layer);
        }
      }
    }
  }

  /// A TextVectorization's may be kept at the lookup in it only.
  std::optional<SharedBytes> read_vocabulary(const std::string& path) const {
    for (const char* part : {"", "/_lookup_layer"}) {
      if (auto found = read_asset_(fmt::format("assets/{}{}/vocabulary.txt", path, part))) {
        return found;
      }
    }
    return std::nullopt;
  }

  const ReadAsset& read_asset_;
};

}  // namespace

WeightRecord read_variable(const Object& dataset, std::string name) {
  try {
    hdf5::Array array = dataset.read();
    const bool is_bfloat16 = array.type.kind == hdf5::Datatype::Kind::kOpaque &&
                             array.type.size == 2 && dataset.text("dtype") == "bfloat16";
    if (is_bfloat16) array.type.dtype = DType::kBFloat16;
    require(array.type.dtype.has_value(), ErrorCode::kUnsupported,
            "its elements, of {} bytes, are of no type that is known", array.type.size);
    return {std::move(name), *array.type.dtype, array.shape, std::move(array.data)};
  } catch (const Error& error) {
    throw error.within({.file = {}, .layer = {}, .tensor = name});
  }
}

void read_weights(std::span<const Object> roots, const ReadAsset& read_asset, ModelRecord& model) {
  for (const Object& root : roots) WeightsReader(read_asset).read(root, "", model);
  SharedWeights(!model.has_weights).see_all(model);
  give_tied_embeddings(model);
}

}  // namespace weir::keras
