#include "session/model_file.h"

#include "keras/load.h"
#include "keras/saved_model.h"
#include "weir/error.h"

namespace weir::session {
namespace {

ModelFile open(const SharedBytes& bytes, const std::string& name) {
  if (!CompiledFile::looks_like(bytes.bytes)) {
    return {keras::load_model_bytes(bytes, name), bytes, {}, std::nullopt};
  }
  CompiledFile compiled(bytes);
  const SharedBytes original = compiled.original();
  return {
      keras::load_model_bytes(original, name, ZipCheck::kSize), original, {}, std::move(compiled)};
}

}  // namespace

ModelFile open_model(const SharedBytes& bytes, const std::string& name) {
  try {
    ModelFile file = open(bytes, name);
    // Reading the structures touched pages all over the file.
    if (bytes.mapped) drop_pages(bytes.bytes);
    return file;
  } catch (const Error& error) {
    throw error.within({.file = name, .layer = {}, .tensor = {}});
  }
}

ModelFile open_model(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    keras::Folder folder(path);
    keras::ModelRecord record = keras::load_saved_model(folder);
    return {std::move(record), {}, folder.files(), std::nullopt};
  }
  return open_model(map_file(path), path.string());
}

}  // namespace weir::session
