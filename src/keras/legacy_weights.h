#pragma once

#include "keras/hdf5/file.h"
#include "keras/record.h"

namespace weir::keras {

/// The serialised model in a legacy `.h5` file's attributes. Throws kUnsupported for a file that
/// holds only weights.
Json read_legacy_config(const hdf5::Object& root);

/// Keras's version, or "" when the file does not say (Keras 1).
std::string read_legacy_version(const hdf5::Object& root);

/// Whether it is a legacy `.h5` file with weights: of a whole model, or nothing but weights.
bool has_legacy_weights(const hdf5::Object& root);

/// Fills in the weights of a model, and of the models in it, from the group `model_weights` of a
/// legacy `.h5` file, or from a file that is nothing else: a flat list for each of its layers,
/// trainable ones first. The list of a layer that is a model is dealt out to the layers in it by
/// the names of the variables.
void read_legacy_weights(const hdf5::Object& root, ModelRecord& model);

}  // namespace weir::keras
