#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "keras/named_files.h"
#include "keras/record.h"
#include "session/compiled_file.h"

namespace weir::session {

/// A model file of any kind that can be loaded, opened.
struct ModelFile {
  keras::ModelRecord record;
  SharedBytes original;                  ///< The bytes of the Keras file, where it is one.
  std::vector<keras::NamedFile> parts;   ///< Where it is several: all of them.
  std::optional<CompiledFile> compiled;  ///< Where they came in a `.weir` file.
};

/// Reads a `.weir` file, or what keras::load_model_bytes reads. Throws what both throw, naming the
/// file. Of a `.weir` file the weights are not read, and so are not compared with their checksums.
ModelFile open_model(const SharedBytes& bytes, const std::string& name);
/// The same for a file at a path, or for a SavedModel folder.
ModelFile open_model(const std::filesystem::path& path);

}  // namespace weir::session
