#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/packed_weights.h"
#include "keras/record.h"
#include "weir/error.h"
#include "weir/model.h"

namespace weir {

/// What all copies of a model share.
struct Model::Impl {
  std::string file;
  keras::ModelRecord record;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  mutable graph::PackedWeights weights;

  /// The same error with the model's file as its place.
  Error named(const Error& error) const {
    return error.within({.file = file, .layer = {}, .tensor = {}});
  }
};

}  // namespace weir
