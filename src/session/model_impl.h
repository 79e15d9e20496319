#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/packed_weights.h"
#include "keras/named_files.h"
#include "keras/record.h"
#include "layers/registry.h"
#include "session/compiled_file.h"
#include "weir/error.h"
#include "weir/model.h"

namespace weir {

/// What all copies of a model share.
struct Model::Impl {
  std::string file;
  keras::ModelRecord record;
  /// With the custom layers that the model was loaded with, where there are any.
  std::optional<layers::Registry> own_registry;
  SharedBytes original;                 ///< The bytes of the Keras file, where it is one.
  std::vector<keras::NamedFile> parts;  ///< Where it is several: all of them.
  std::optional<session::CompiledFile> compiled;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  mutable graph::PackedWeights weights;
  /// Those of sessions that stream them; each weight is made for the first session of its kind.
  mutable graph::PackedWeights streamed_weights{graph::make_file_store(),
                                                graph::Residence::kStreamed};

  const layers::Registry& registry() const {
    return own_registry ? *own_registry : layers::Registry::builtin();
  }
  graph::PackedWeights& weights_for(WeightsMode mode) const {
    return mode == WeightsMode::kStream ? streamed_weights : weights;
  }
  /// The same error with the model's file as its place.
  Error named(const Error& error) const {
    return error.within({.file = file, .layer = {}, .tensor = {}});
  }
};

}  // namespace weir
