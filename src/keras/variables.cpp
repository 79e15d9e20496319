#include "keras/variables.h"

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

LayerWeights read_layer(const Object& group, int depth) {
  require(depth <= kDeepestPart, ErrorCode::kMalformed, "its weights nest deeper than {} levels",
          kDeepestPart);
  LayerWeights weights;
  for (const auto& [name, address] : group.links()) {
    const Object child = group.at(name);
    if (name == "vars") {
      for (const auto& [number, variable] : numbered(child.links())) {
        weights.vars.push_back(read_variable(child.at(variable), variable));
      }
    } else if (!child.is_dataset()) {
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
    const bool empty = layer.weights.vars.empty() && layer.weights.parts.empty();
    if (!empty) {
      first_.try_emplace(*layer.shared_object_id, layer.weights);
    } else if (const auto found = first_.find(*layer.shared_object_id); found != first_.end()) {
      layer.weights = found->second;
    }
  }

 private:
  std::map<std::int64_t, LayerWeights> first_;
};

class WeightsReader {
 public:
  void read(const Object& group, ModelRecord& model) {
    const auto groups = layer_groups(group, model);
    for (LayerRecord& layer : model.layers) {
      const auto found = groups.find(layer.name);
      try {
        if (found != groups.end()) read_one(found->second, layer);
        shared_.see(layer);
      } catch (const Error& error) {
        throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
      }
    }
  }

 private:
  void read_one(const Object& group, LayerRecord& layer) {
    if (layer.model != nullptr) {
      read(group, *layer.model);
    } else {
      layer.weights = read_layer(group, 0);
    }
  }

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

void read_weights(const Object& root, ModelRecord& model) { WeightsReader().read(root, model); }

}  // namespace weir::keras
