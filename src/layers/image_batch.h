#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// Images as kernels take them, a batch with channels last, and how they were given: with either
/// layout, as Keras's `data_format` says, and perhaps one image alone.
struct ImageBatch {
  ValueId images = 0;
  bool channels_first = false;
  bool is_one = false;
};

/// Throws kInvalidArgument for what is neither a batch of images nor one.
ImageBatch to_image_batch(LayerCall& call, ValueId images);

/// What was made of the images, in the layout that they were given in.
ValueId as_given(LayerCall& call, const ImageBatch& batch, ValueId result);

}  // namespace weir::layers
