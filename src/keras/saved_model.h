#pragma once

#include "keras/named_files.h"
#include "keras/record.h"

namespace weir::keras {

inline constexpr const char* kSavedModelMetadata = "keras_metadata.pb";

/// Reads a SavedModel of Keras 2: the model's config from `keras_metadata.pb`, the weights from the
/// tensor bundle in `variables`. The graph of TensorFlow operations beside them is not looked at.
///
/// What `load_model_file` says of untrusted bytes holds here too. Throws kUnsupported for a
/// subclassed model.
ModelRecord read_saved_model(const OpenNamed& open);

/// The same from a folder, which is the place of its errors. Throws kUnsupported for one without
/// `keras_metadata.pb`.
ModelRecord load_saved_model(Folder& folder);

}  // namespace weir::keras
