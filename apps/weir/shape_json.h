#pragma once

#include <nlohmann/json.hpp>

#include "weir/tensor.h"

namespace weir::app {

/// [null, 28, 28, 1]: free axes are null, as in Keras's own files.
inline nlohmann::json shape_json(const Shape& shape) {
  nlohmann::json sizes = nlohmann::json::array();
  for (const std::int64_t size : shape.dims()) {
    sizes.push_back(size == Shape::kFree ? nlohmann::json() : nlohmann::json(size));
  }
  return sizes;
}

}  // namespace weir::app
