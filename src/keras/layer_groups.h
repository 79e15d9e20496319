#pragma once

#include <map>
#include <string>

#include "keras/hdf5/file.h"
#include "keras/record.h"

namespace weir::keras {

/// A layer's group, and its path below the model's: "layers/dense_1".
struct LayerGroup {
  std::string path;
  hdf5::Object object;
};

/// Finds, in a model's group of a `.keras` file's weights, the group of each of its layers, by the
/// layer's name. Layers that have none (no variables, in some versions) are left out.
///
/// - Keras 3 and 2.13 or later: "layers/<class in snake case>[_<n>]", n counting the layers of a
///   class (saving_lib.py, `_save_container_state`).
/// - Keras 2.12: the same below "_layer_checkpoint_dependencies", but n skips the numbers that a
///   second mention of each layer with weights used up.
/// - As a last resort "layers/<name of the layer>".
///
/// Throws kMalformed when a group is left over that no layer claims and that is not empty.
std::map<std::string, LayerGroup> layer_groups(const hdf5::Object& model_group,
                                               const ModelRecord& model);

}  // namespace weir::keras
