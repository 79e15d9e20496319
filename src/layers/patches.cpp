#include "layers/patches.h"

#include "base/fail.h"
#include "layers/operand.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/lookup.h"

namespace weir::layers {

ValueId add_patches(const Sublayers& layers, std::string_view attribute, const Patches& patches,
                    ValueId images) {
  LayerCall& call = layers.call();
  const Json config{{"filters", patches.width},
                    {"kernel_size", patches.size},
                    {"strides", patches.size},
                    {"use_bias", patches.has_bias},
                    {"data_format", patches.channels_first ? "channels_first" : "channels_last"}};
  ValueId grid = layers.add(attribute, "Conv2D", config, images);
  if (patches.channels_first) grid = add_transpose(call, grid, {0, 2, 3, 1});
  return add_reshape(call, grid, {call.shape(grid)[0], -1, patches.width});
}

ValueId add_numbered_positions(const Sublayers& layers, std::size_t index, std::int64_t positions,
                               ValueId input) {
  LayerCall& call = layers.call();
  const Shape shape = call.shape(input);
  require(shape.rank() == 3 && shape[1] <= positions, ErrorCode::kInvalidArgument,
          "an input of the shape {} does not fit {} positions", to_string(shape), positions);
  const std::vector<float> numbers = layers.weight(index, {1, positions}).to_floats();
  std::vector<double> indices;
  for (std::int64_t i = 0; i < shape[0] * shape[1]; ++i) {
    indices.push_back(static_cast<double>(numbers[static_cast<std::size_t>(i % shape[1])]));
  }
  const Operand rows = Operand::array(call.path(), indices, {shape[0], shape[1]}, DType::kInt32);
  const graph::Constant table = layers.at("position_embedding").weight(0, {positions, shape[2]});
  const ValueId vectors =
      call.add(ops::make_lookup(table, ops::NegativeRow::kCountsFromEnd), {as_value(call, rows)});
  return add_sum(call, input, vectors);
}

ValueId add_tokens_before(const Sublayers& layers, std::size_t index, const Shape& shape,
                          ValueId input) {
  const std::int64_t count = shape.elements() / shape.back();
  const ValueId tokens = layers.add_rows(index, shape, count, input);
  return layers.call().add(ops::make_concat(1), {tokens, input});
}

}  // namespace weir::layers
