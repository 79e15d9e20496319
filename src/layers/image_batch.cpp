#include "layers/image_batch.h"

#include "base/fail.h"
#include "layers/channels_first.h"
#include "layers/shaping.h"

namespace weir::layers {

ImageBatch to_image_batch(LayerCall& call, ValueId images) {
  const Shape shape = call.shape(images);
  require(shape.rank() == 3 || shape.rank() == 4, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected an image or a batch of images", to_string(shape));
  ImageBatch batch{images, call.config().channels_first(), shape.rank() == 3};
  if (batch.is_one) batch.images = add_reshape(call, images, {1, shape[0], shape[1], shape[2]});
  if (batch.channels_first) batch.images = to_channels_last(call, batch.images);
  return batch;
}

ValueId as_given(LayerCall& call, const ImageBatch& batch, ValueId result) {
  if (batch.channels_first) result = to_channels_first(call, result);
  if (!batch.is_one) return result;
  return add_reshape(call, result, Shape(call.shape(result).dims().subspan(1)));
}

}  // namespace weir::layers
