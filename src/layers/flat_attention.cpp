#include "layers/flat_attention.h"

#include <cmath>

#include "layers/shaping.h"
#include "ops/attention.h"

namespace weir::layers {

ValueId add_flat_attention(const Sublayers& layers, std::int64_t heads, std::int64_t inner,
                           std::int64_t width, const AttentionInputs& inputs) {
  LayerCall& call = layers.call();
  const std::int64_t size = head_size(inner, heads);
  const auto project = [&](const char* attribute, ValueId x) {
    const ValueId flat = add_dense(layers, attribute, inner, x);
    return add_reshape(call, flat, {call.shape(x)[0], call.shape(x)[1], heads, size});
  };
  const kernels::AttentionRule rule{
      .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)))};
  const ValueId result =
      call.add_many(ops::make_attention({.rule = rule}),
                    {project("query_proj", inputs.queries), project("key_proj", inputs.keys),
                     project("value_proj", inputs.values)})
          .front();
  const Shape& shape = call.shape(result);
  return add_dense(layers, "out_proj", width,
                   add_reshape(call, result, {shape[0], shape[1], inner}));
}

}  // namespace weir::layers
