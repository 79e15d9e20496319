#include "keras/weights_file.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/fail.h"
#include "keras/hdf5/file.h"
#include "keras/json_text.h"
#include "keras/legacy_weights.h"
#include "keras/variables.h"

namespace weir::keras {
namespace {

constexpr std::size_t kMostShards = 4096;

/// The files that weights were split into, in the order of their names, which is that of saving.
/// They lie beside the file that names them. None for a model that has no weights.
std::vector<std::string> shards_of(const Json& map) {
  const Json& weight_map = member_of(map, "weight_map");
  require(weight_map.is_object(), ErrorCode::kMalformed, "there is no 'weight_map' in it");
  std::set<std::string> names;
  const auto add = [&](const Json& name) {
    require(name.is_string(), ErrorCode::kMalformed, "a file of weights has no name");
    const auto text = name.get<std::string>();
    require(text.ends_with(".h5") && text.find_first_of("/\\") == text.npos, ErrorCode::kMalformed,
            "'{}' is no name of a file of weights", text);
    names.insert(text);
  };
  for (const Json& entry : weight_map) {
    if (entry.is_array()) {
      std::ranges::for_each(entry, add);
    } else {
      add(entry);
    }
  }
  require(names.size() <= kMostShards, ErrorCode::kLimit, "there are {} files of weights",
          names.size());
  return {names.begin(), names.end()};
}

/// Open while weights are read.
class WeightFiles {
 public:
  /// Throws with the file as the error's place.
  void add(const std::string& name, const SharedBytes& bytes) {
    try {
      files_.push_back(std::make_unique<hdf5::File>(bytes));
      roots_.push_back(files_.back()->root());
    } catch (const Error& error) {
      throw error.within({.file = name, .layer = {}, .tensor = {}});
    }
  }

  std::span<const hdf5::Object> roots() const { return roots_; }

 private:
  std::vector<std::unique_ptr<hdf5::File>> files_;
  std::vector<hdf5::Object> roots_;
};

WeightFiles open_all(const std::string& name, const OpenNamed& open) {
  const SharedBytes bytes = open(name);
  WeightFiles files;
  if (looks_like_json(bytes.bytes)) {
    for (const std::string& shard : shards_of(parse_json(bytes.bytes, "the list of weights"))) {
      files.add(shard, open(shard));
    }
    return files;
  }
  require(hdf5::Image::looks_like_hdf5(bytes.bytes), ErrorCode::kMalformed,
          "is neither HDF5 nor a list of files of weights");
  files.add({}, bytes);
  return files;
}

void forget_weights(ModelRecord& model);

void forget_weights(LayerRecord& layer) {
  layer.weights = {};
  if (layer.model != nullptr) forget_weights(*layer.model);
  for (InnerLayer& inner : layer.inner) forget_weights(*inner.layer);
}

/// All but vocabularies, which are in no file of weights.
void forget_weights(ModelRecord& model) {
  for (LayerRecord& layer : model.layers) forget_weights(layer);
}

std::optional<SharedBytes> no_asset(const std::string& /*path*/) { return std::nullopt; }

}  // namespace

void read_weights_file(const std::string& name, const OpenNamed& open, ModelRecord& model) {
  const WeightFiles files = open_all(name, open);
  forget_weights(model);
  if (files.roots().size() == 1 && has_legacy_weights(files.roots().front())) {
    read_legacy_weights(files.roots().front(), model);
  } else {
    read_weights(files.roots(), no_asset, model);
  }
  model.has_weights = true;
}

std::vector<NamedFile> load_weights_file(const std::filesystem::path& path, ModelRecord& model) {
  Folder folder(path.parent_path());
  try {
    const auto open = [&](const std::string& name) { return folder.open(name); };
    read_weights_file(path.filename().string(), open, model);
    folder.drop_all_pages();
  } catch (const Error& error) {
    throw error.within({.file = path.string(), .layer = {}, .tensor = {}});
  }
  return folder.files();
}

}  // namespace weir::keras
