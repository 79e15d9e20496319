#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "layers/as_float.h"
#include "layers/build_graph.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "ops/channel_affine.h"
#include "ops/unary.h"
#include "support/run_graph.h"
#include "weir/error.h"

/// The worked example of docs/adding-a-layer.md, for a class that Keras does not have.
namespace weir::layers {
namespace {

std::vector<ValueId> scaled_tanh(LayerCall& call) {
  require_plain_weights(call, 1);
  const ValueId input = as_float(call, call.input());
  const std::int64_t channels = call.shape(input).back();
  const graph::Constant scale = call.weight(0, {channels});
  const ValueId tanh = call.add(ops::make_unary({kernels::UnaryKind::kTanh}), {input});
  graph::ChannelAffine times_scale{
      call.path(), channels, [scale] {
        std::vector<float> values = scale.to_floats();
        std::vector<float> zeros(values.size(), 0.0F);
        return graph::ChannelAffine::Values{std::move(values), std::move(zeros)};
      }};
  return {call.add(ops::make_channel_affine(std::move(times_scale), 0), {tanh})};
}

void register_scaled(Registry& registry) { registry.add_layer("ScaledTanh", scaled_tanh); }

constexpr std::int64_t kChannels = 3;

keras::ModelRecord model_of_one_layer(const Shape& scale_shape, const std::vector<float>& scale) {
  const graph::Constant weight = testing::make_constant("0", scale_shape, scale);
  keras::LayerRecord layer;
  layer.class_name = "ScaledTanh";
  layer.module = "my_package";
  layer.name = "squash";
  layer.config = Json::object();
  layer.weights.vars = {{"0", weight.dtype, weight.shape, weight.data}};
  keras::ModelRecord model;
  model.build_input_shape = Shape{Shape::kFree, kChannels};
  model.layers = {layer};
  return model;
}

graph::Graph build(const keras::ModelRecord& model) {
  Registry registry = Registry::builtin();
  register_scaled(registry);
  const Shape input{2, kChannels};
  return build_graph(model, {&input, 1}, nullptr, registry);
}

TEST(ScaledTanh, IsTheTangentTimesTheScaleOfItsChannel) {
  const graph::Graph graph = build(model_of_one_layer({kChannels}, {1.0F, -2.0F, 0.5F}));
  const std::vector<float> x{0.1F, 0.2F, 0.3F, -1.0F, 0.0F, 4.0F};
  const std::vector<float> y = testing::run_graph(graph::optimize(graph), {x}).front();
  const std::vector<float> scale{1.0F, -2.0F, 0.5F};
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i], std::tanh(x[i]) * scale[i % kChannels], 1e-6F) << i;
  }
}

TEST(ScaledTanh, WithAWeightOfAnotherShapeIsMalformed) {
  try {
    build(model_of_one_layer({2}, {1.0F, 2.0F}));
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMalformed);
    EXPECT_EQ(error.place().layer, "squash");
    EXPECT_THAT(error.what(), ::testing::HasSubstr("has the shape (2,), expected (3,)"));
  }
}

TEST(ScaledTanh, IsUnsupportedWhereItIsNotRegistered) {
  const Shape input{2, kChannels};
  EXPECT_THROW(build_graph(model_of_one_layer({kChannels}, {1, 1, 1}), {&input, 1}), Error);
}

}  // namespace
}  // namespace weir::layers
