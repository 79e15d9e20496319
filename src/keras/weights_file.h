#pragma once

#include <filesystem>

#include "keras/record.h"

namespace weir::keras {

/// Gives a model the weights of a file of its own, in place of those that it has: `.weights.h5`, a
/// legacy `.h5` of weights or of a whole model, or `.weights.json` with the files beside it that it
/// names. The file is told by its bytes.
///
/// They are not trusted, as those of a model are not (see `load_model_file`). Throws Error with the
/// file as its place; kMalformed where the weights fit no layer of the model. The records share the
/// files' pages.
void load_weights_file(const std::filesystem::path& path, ModelRecord& model);

}  // namespace weir::keras
