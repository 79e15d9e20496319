#pragma once

#include <functional>
#include <optional>
#include <span>

#include "keras/hdf5/file.h"
#include "keras/record.h"

namespace weir::keras {

/// Reads one variable. A bfloat16 one is stored as opaque pairs of bytes with an attribute that
/// says so. Throws kUnsupported for elements that Weir has no type for.
WeightRecord read_variable(const hdf5::Object& dataset, std::string name);

/// A file among the assets of a `.keras` file, by its path there; nothing where there is none.
using ReadAsset = std::function<std::optional<SharedBytes>(const std::string& path)>;

/// Fills in the weights and vocabularies of a model and of the models in it from `model.weights.h5`
/// of a `.keras` file (Keras 3, and 2.12 or later), or from the files that it was split into, each
/// of which has some of the variables. The layers' groups are named after their
/// classes, "dense", "dense_1", …, in the order of the layers. Throws kMalformed where a group that
/// holds variables fits no layer.
void read_weights(std::span<const hdf5::Object> roots, const ReadAsset& read_asset,
                  ModelRecord& model);

}  // namespace weir::keras
