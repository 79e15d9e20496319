#include "base/fail.h"
#include "layers/activation.h"
#include "layers/registry.h"
#include "layers/sublayers.h"
#include "ops/channel_affine.h"
#include "ops/concat.h"

/// keras-hub's HGNetV2: blocks whose convolutions all go into one sum at their end.
namespace weir::layers {
namespace {

/// A convolution with its padding, its normalization and what follows.
struct Convolution {
  std::int64_t filters;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  Json activation = "relu";
  bool is_scaled = false;  ///< By two trained numbers at its end.
};

/// scale * x + bias, of one number each.
ValueId add_numbers(const Sublayers& layers, ValueId x) {
  const std::int64_t channels = layers.call().shape(x).back();
  const graph::Constant scale = layers.weight(0, {});
  const graph::Constant bias = layers.weight(1, {});
  const auto count = static_cast<std::size_t>(channels);
  graph::ChannelAffine affine{scale.id, channels, [scale, bias, count] {
                                return graph::ChannelAffine::Values{
                                    std::vector<float>(count, scale.to_floats().at(0)),
                                    std::vector<float>(count, bias.to_floats().at(0))};
                              }};
  return layers.call().add(ops::make_channel_affine(std::move(affine), 0), {x});
}

ValueId add_convolution(const Sublayers& layers, const Convolution& shape, ValueId x) {
  const std::int64_t padding = (shape.kernel - 1) / 2;
  x = layers.add("padding", "ZeroPadding2D", {{"padding", padding}}, x);
  x = layers.add("convolution", "Conv2D",
                 {{"filters", shape.filters},
                  {"kernel_size", shape.kernel},
                  {"strides", shape.stride},
                  {"groups", shape.groups},
                  {"use_bias", false}},
                 x);
  x = layers.add("normalization", "BatchNormalization", {{"epsilon", 1e-5}}, x);
  x = add_activation(layers.call(), shape.activation, x);
  return shape.is_scaled ? add_numbers(layers.at("lab"), x) : x;
}

void refuse_channels_first(const Config& config) {
  require(!config.channels_first(), ErrorCode::kUnsupported,
          "data_format channels_first is not supported");
}

std::vector<ValueId> embeddings(LayerCall& call) {
  const Config config = call.config();
  refuse_channels_first(config);
  const Sublayers layers(call);
  const std::vector<std::int64_t> channels = config.sizes("stem_channels", 3, 0);
  const bool is_scaled = config.boolean("use_learnable_affine_block", false);
  const auto convolve = [&](const char* attribute, std::int64_t filters, std::int64_t kernel,
                            std::int64_t stride, ValueId x) {
    return add_convolution(
        layers.at(attribute),
        {filters, kernel, stride, 1, config.json().value("hidden_act", Json()), is_scaled}, x);
  };
  const auto pad = [&](const char* attribute, ValueId x) {
    const Json margin = Json::array({{0, 1}, {0, 1}});
    return layers.add(attribute, "ZeroPadding2D", {{"padding", margin}}, x);
  };
  const ValueId x = pad("padding1", convolve("stem1_layer", channels[1], 3, 2, call.input()));
  const ValueId inner = pad("padding2", convolve("stem2a_layer", channels[1] / 2, 2, 1, x));
  const ValueId narrow = convolve("stem2b_layer", channels[1], 2, 1, inner);
  const ValueId largest =
      layers.add("pool_layer", "MaxPooling2D", {{"pool_size", 2}, {"strides", 1}}, x);
  const ValueId both = call.add(ops::make_concat(3), {largest, narrow});
  return {
      convolve("stem4_layer", channels[2], 1, 1, convolve("stem3_layer", channels[1], 3, 2, both))};
}

/// One stage of the encoder, as the lists of its config say.
struct Stage {
  std::int64_t in;
  std::int64_t middle;
  std::int64_t out;
  std::int64_t blocks;
  std::int64_t convolutions;
  std::int64_t kernel;
  bool is_smaller;
  bool is_light;
  bool is_scaled;
};

bool flag_at(const Config& config, const char* key, std::size_t index) {
  const Json& flag = config.json().at(key).at(index);
  return flag.is_boolean() && flag.get<bool>();
}

std::vector<Stage> read_stages(const Config& config) {
  const std::size_t count = config.integers("stage_in_channels").size();
  const auto list = [&](const char* key) { return config.sizes(key, count, 0); };
  std::vector<Stage> stages;
  for (std::size_t i = 0; i < count; ++i) {
    stages.push_back(
        {list("stage_in_channels")[i], list("stage_mid_channels")[i], list("stage_out_channels")[i],
         list("stage_num_blocks")[i], list("stage_num_of_layers")[i], list("stage_kernel_size")[i],
         flag_at(config, "apply_downsample", i), flag_at(config, "use_lightweight_conv_block", i),
         config.boolean("use_learnable_affine_block", false)});
  }
  return stages;
}

ValueId add_inner_convolution(const Sublayers& block, const Stage& stage, std::size_t number,
                              ValueId x) {
  if (!stage.is_light) {
    return add_convolution(block.at("layer_list", "hg_net_v2_conv_layer", number),
                           {stage.middle, stage.kernel, 1, 1, "relu", stage.is_scaled}, x);
  }
  const Sublayers light = block.at("layer_list", "hg_net_v2_conv_layer_light", number);
  x = add_convolution(light.at("conv1_layer"), {stage.middle, 1, 1, 1, Json(), false}, x);
  return add_convolution(light.at("conv2_layer"),
                         {stage.middle, stage.kernel, 1, stage.middle, "relu", stage.is_scaled}, x);
}

ValueId add_block(const Sublayers& block, const Stage& stage, ValueId input) {
  std::vector<ValueId> parts{input};
  for (std::int64_t i = 0; i < stage.convolutions; ++i) {
    parts.push_back(add_inner_convolution(block, stage, static_cast<std::size_t>(i), parts.back()));
  }
  const ValueId all = block.call().add(ops::make_concat(3), std::move(parts));
  const ValueId squeezed = add_convolution(block.at("aggregation_squeeze_conv"),
                                           {stage.out / 2, 1, 1, 1, "relu", stage.is_scaled}, all);
  return add_convolution(block.at("aggregation_excitation_conv"),
                         {stage.out, 1, 1, 1, "relu", stage.is_scaled}, squeezed);
}

/// The input and what each stage makes of it.
std::vector<ValueId> encoder(LayerCall& call) {
  refuse_channels_first(call.config());
  const Sublayers layers(call);
  const std::vector<Stage> stages = read_stages(call.config());
  std::vector<ValueId> outputs{call.input()};
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const Sublayers parts = layers.at("stages_list", "hg_net_v2_stage", i);
    ValueId x = outputs.back();
    if (stage.is_smaller) {
      x = add_convolution(parts.at("downsample_layer"), {stage.in, 3, 2, stage.in, Json(), false},
                          x);
    }
    for (std::int64_t block = 0; block < stage.blocks; ++block) {
      const Sublayers own =
          parts.at("blocks_list", "hg_net_v2_basic_layer", static_cast<std::size_t>(block));
      const ValueId made = add_block(own, stage, x);
      x = block == 0 ? made : add_sum(call, made, x);
    }
    outputs.push_back(x);
  }
  return outputs;
}

}  // namespace

void register_hgnet(Registry& registry) {
  registry.add_layer("keras_hub>HGNetV2Embeddings", embeddings);
  registry.add_layer("keras_hub>HGNetV2Encoder", encoder);
}

}  // namespace weir::layers
