#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "keras/named_files.h"
#include "keras/record.h"

namespace weir::keras {

/// Gives a model the weights of a file of its own, in place of those that it has: `.weights.h5`, a
/// legacy `.h5` of weights or of a whole model, or `.weights.json` with the files beside it that it
/// names. The file is told by its bytes.
///
/// They are not trusted, as those of a model are not (see `load_model_file`). Throws kMalformed
/// where the weights fit no layer of the model. The records share the files' pages.
void read_weights_file(const std::string& name, const OpenNamed& open, ModelRecord& model);

/// The same of a file at a path, which is the place of its errors. Returns the files that it is in,
/// that one first.
std::vector<NamedFile> load_weights_file(const std::filesystem::path& path, ModelRecord& model);

}  // namespace weir::keras
