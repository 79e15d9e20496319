#include "keras/variables.h"

#include <algorithm>
#include <charconv>

#include "base/fail.h"
#include "keras/layer_groups.h"

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

/// Gives layers of one object the weights that the file keeps at the first of them.
class SharedWeights {
 public:
  void see(LayerRecord& layer) {
    if (!layer.shared_object_id) return;
    if (has_weights(layer)) {
      first_.try_emplace(*layer.shared_object_id,
                         Weights{layer.weights, layer.inner, layer.vocabulary});
    } else if (const auto found = first_.find(*layer.shared_object_id); found != first_.end()) {
      layer.weights = found->second.own;
      layer.inner = found->second.inner;
      layer.vocabulary = found->second.vocabulary;
    }
  }

 private:
  struct Weights {
    LayerWeights own;
    std::vector<InnerLayer> inner;
    std::optional<SharedBytes> vocabulary;
  };

  static bool has_weights(const LayerRecord& layer) {
    if (layer.model != nullptr) return std::ranges::any_of(layer.model->layers, has_weights);
    return !layer.weights.vars.empty() || !layer.weights.parts.empty() || layer.vocabulary ||
           std::ranges::any_of(layer.inner,
                               [](const InnerLayer& inner) { return has_weights(*inner.layer); });
  }

  std::map<std::int64_t, Weights> first_;
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
        shared_.see(layer);
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
      layer.weights = read_layer(group, 0);
      layer.vocabulary = read_vocabulary(path);
    } else {
      layer.weights.vars = read_own(group);
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
  SharedWeights shared_;
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

void read_weights(const Object& root, const ReadAsset& read_asset, ModelRecord& model) {
  WeightsReader(read_asset).read(root, "", model);
}

}  // namespace weir::keras
