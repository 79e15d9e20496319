#pragma once

#include "keras/hdf5/file.h"
#include "keras/record.h"

namespace weir::keras {

/// Reads one variable. A bfloat16 one is stored as opaque pairs of bytes with an attribute that
/// says so. Throws kUnsupported for elements that Weir has no type for.
WeightRecord read_variable(const hdf5::Object& dataset, std::string name);

/// Fills in the weights of a model and of the models in it from `model.weights.h5` of a `.keras`
/// file (Keras 3, and 2.12 or later). The layers' groups are named after their classes, "dense",
/// "dense_1", …, in the order of the layers. Throws kMalformed where a group that holds variables
/// fits no layer.
void read_weights(const hdf5::Object& root, ModelRecord& model);

}  // namespace weir::keras
