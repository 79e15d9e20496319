#pragma once

#include <string>

#include "keras/record.h"

namespace weir::keras {

/// Builds the records of a model, and of the models in it, from its serialised form
/// ({"class_name": …, "config": …}), which is moved from. Weights stay empty. The graph is checked:
/// names are unique, every tensor has its maker, and no layer depends on itself.
///
/// Throws kMalformed, or kUnsupported for a model whose graph is not in the file (a subclassed
/// one).
ModelRecord parse_model(Json&& serialised, const std::string& keras_version);

/// Keras's `to_snake_case`: "Conv2DTranspose" → "conv2d_transpose".
std::string to_snake_case(std::string_view class_name);

}  // namespace weir::keras
