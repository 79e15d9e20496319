#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/mapped_file.h"
#include "keras/record.h"

namespace weir::keras {

inline constexpr const char* kSavedModelMetadata = "keras_metadata.pb";

/// Opens a file of a folder by its path in it. Throws kNotFound where there is none.
using OpenMember = std::function<SharedBytes(const std::string& name)>;

/// Reads a SavedModel of Keras 2: the model's config from `keras_metadata.pb`, the weights from the
/// tensor bundle in `variables`. The graph of TensorFlow operations beside them is not looked at.
///
/// What `load_model_file` says of untrusted bytes holds here too. Throws kUnsupported for a
/// subclassed model.
ModelRecord read_saved_model(const OpenMember& open);

/// The same from a folder, which is the place of its errors. Throws kUnsupported for one without
/// `keras_metadata.pb`.
ModelRecord load_saved_model(const std::filesystem::path& folder);

}  // namespace weir::keras
