#pragma once

#include "layers/layer.h"

/// How the preprocessing layers of Keras give categories.
namespace weir::layers {

/// The config's `output_mode`, under the names of today. Throws kUnsupported for sparse tensors.
std::string output_mode_of(const Config& config);

/// The element type that the config's `dtype` gives to what is encoded: int32 or float32.
DType encoded_type_of(const Config& config);

/// int32 categories below `depth` in the given mode: "int" (as they are), "one_hot", "multi_hot" or
/// "count", the last two of which take the last axis as the sample. Throws kMalformed for another
/// mode, kUnsupported for shapes of which Keras makes something else than it says.
ValueId encode_categories(LayerCall& call, ValueId categories, const std::string& mode,
                          std::int64_t depth, DType dtype);

}  // namespace weir::layers
