#include "keras/load.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/fail.h"
#include "base/file_watch.h"
#include "base/zip_reader.h"
#include "keras/json_text.h"
#include "keras/legacy_weights.h"
#include "keras/model_config.h"
#include "keras/saved_model.h"
#include "keras/variables.h"
#include "keras/weights_file.h"

namespace weir::keras {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kMetadata = "metadata.json";
constexpr std::string_view kWeights = "model.weights.h5";
constexpr std::string_view kWeightsMap = "model.weights.json";
/// A model that gets other weights in place of those that it got before, and so on.
constexpr int kDeepestArchive = 8;
constexpr std::string_view kWeightsNpz = "model.weights.npz";

/// What packed weights may unpack to: floats do not pack well, so more is a bomb.
std::uint64_t most_unpacked(const ZipEntry& entry) {
  constexpr std::uint64_t kFloor = std::uint64_t{64} << 20;
  constexpr std::uint64_t kRatio = 32;
  return entry.deflated ? std::max(kFloor, kRatio * entry.compressed_size) : entry.size;
}

std::string read_version(const ZipReader& zip) {
  if (!zip.contains(kMetadata)) return {};
  return text_member(parse_json(zip.read(kMetadata, kMostJsonBytes).bytes, kMetadata),
                     "keras_version");
}

/// The folder in which a packed SavedModel lies, with a slash behind it; nothing for none.
std::optional<std::string> saved_model_folder(const ZipReader& zip) {
  for (const auto& [name, entry] : zip.entries()) {
    if (!name.ends_with(kSavedModelMetadata)) continue;
    std::string folder = name.substr(0, name.size() - std::string_view(kSavedModelMetadata).size());
    if (folder.empty() || folder.ends_with('/')) return folder;
  }
  return std::nullopt;
}

OpenNamed members_of(const ZipReader& zip, const std::string& folder, ZipCheck check) {
  return [&zip, folder, check](const std::string& name) {
    const auto member = zip.entries().find(folder + name);
    require(member != zip.entries().end(), ErrorCode::kMalformed, "the archive has no '{}'",
            folder + name);
    return zip.read(member->first, most_unpacked(member->second), check);
  };
}

ModelRecord load_keras(const ZipReader& zip, ZipCheck check) {
  require(zip.contains(kConfig), ErrorCode::kMalformed,
          "the archive has no '{}': it is not a Keras model", kConfig);
  const std::string version = read_version(zip);
  ModelRecord model =
      parse_model(parse_json(zip.read(kConfig, kMostJsonBytes).bytes, kConfig), version);
  require(!zip.contains(kWeightsMap) && !zip.contains(kWeightsNpz), ErrorCode::kUnsupported,
          "its weights are split in shards or stored as npz; save it with model.save()");
  hdf5::File file(members_of(zip, "", check)(std::string(kWeights)));
  const hdf5::Object root = file.root();
  const auto read_asset = [&](const std::string& path) -> std::optional<SharedBytes> {
    const auto asset = zip.entries().find(path);
    if (asset == zip.entries().end()) return std::nullopt;
    return zip.read(path, most_unpacked(asset->second));
  };
  read_weights({&root, 1}, read_asset, model);
  return model;
}

ModelRecord load_zip(const ZipReader& zip, ZipCheck check) {
  const auto folder = saved_model_folder(zip);
  return folder ? read_saved_model(members_of(zip, *folder, check)) : load_keras(zip, check);
}

ModelRecord load_hdf5(const SharedBytes& bytes) {
  hdf5::File file(bytes);
  const hdf5::Object root = file.root();
  ModelRecord model = parse_model(read_legacy_config(root), read_legacy_version(root));
  read_legacy_weights(root, model);
  return model;
}

/// The architecture alone, as `model.to_json()` gives it.
ModelRecord load_json(const SharedBytes& bytes) {
  Json serialised = parse_json(bytes.bytes, "the model");
  const std::string version = text_member(serialised, "keras_version");
  ModelRecord model = parse_model(std::move(serialised), version);
  model.has_weights = false;
  return model;
}

ModelRecord load(const SharedBytes& bytes, ZipCheck check, int depth);

/// A model and, in place of its own, weights that were in files beside it.
ModelRecord load_with_weights(const ZipReader& zip, ZipCheck check, int depth) {
  require(depth < kDeepestArchive, ErrorCode::kLimit, "archives lie in it {} deep", depth);
  const OpenNamed open = members_of(zip, "", check);
  ModelRecord model = zip.contains(kModelMember) ? load(open(kModelMember), check, depth + 1)
                                                 : load_zip(zip, check);
  read_weights_file(kWeightsMember, open, model);
  return model;
}

ModelRecord load(const SharedBytes& bytes, ZipCheck check, int depth) {
  require(!bytes.bytes.empty(), ErrorCode::kMalformed, "the file is empty");
  if (ZipReader::looks_like_zip(bytes.bytes)) {
    const ZipReader zip(bytes);
    const bool has_weights_apart = zip.contains(kWeightsMember);
    return has_weights_apart ? load_with_weights(zip, check, depth) : load_zip(zip, check);
  }
  if (hdf5::Image::looks_like_hdf5(bytes.bytes)) return load_hdf5(bytes);
  if (looks_like_json(bytes.bytes)) return load_json(bytes);
  fail(ErrorCode::kMalformed, "is neither a .keras file, nor HDF5, nor a model's JSON");
}

}  // namespace

ModelRecord load_model_bytes(const SharedBytes& bytes, const std::string& name, ZipCheck weights) {
  try {
    return load(bytes, weights, 0);
  } catch (const Error& error) {
    throw error.within({.file = name, .layer = {}, .tensor = {}});
  }
}

ModelRecord load_model_file(const std::filesystem::path& path) {
  const SharedBytes bytes = map_file(path);
  ModelRecord model = load_model_bytes(bytes, path.string());
  require_whole(bytes.bytes);
  drop_pages(bytes.bytes);  // Reading the structures touched pages all over the file.
  return model;
}

}  // namespace weir::keras
