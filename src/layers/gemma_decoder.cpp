#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "layers/scored_attention.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/unary.h"

/// The decoder layers of keras-hub's Gemma, Gemma 2 and Gemma 3, without images, and of PaliGemma.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

constexpr MaskArguments kGemmaMasks{1, "padding_mask"};

double soft_cap_of(const Config& config) {
  const double cap = config.number("logit_soft_cap", 0.0);
  require(cap >= 0, ErrorCode::kMalformed, "logit_soft_cap is {}", cap);
  return cap;
}

/// Which keys a query may attend to.
struct Reach {
  bool causal = true;
  std::vector<ValueId> masks;
};

ValueId add_gemma_attention(LayerCall& call, const Reach& reach, ValueId x) {
  const Config config = call.config();
  require(!config.boolean("use_bidirectional_attention", false), ErrorCode::kUnsupported,
          "bidirectional attention is not supported");
  const Sublayers layers = Sublayers(call).at("attention");
  const std::int64_t width = call.shape(x).back();
  const Heads heads = read_heads(config, width);
  const Rotation rotation = make_rotation(heads.size, config.number("rope_wavelength", 10000.0),
                                          config.number("rope_scaling_factor", 1.0));
  const bool normalizes = config.boolean("use_query_key_norm", false);
  const auto project = [&](const char* part, std::int64_t count) {
    return add_einsum_dense(layers, part, "btd,ndh->btnh", {count, heads.size}, x);
  };
  const auto turned = [&](const char* part, const char* norm, std::int64_t count) {
    ValueId projected = project(part, count);
    if (normalizes) {
      projected = add_rms_norm(layers, norm, config.number("layer_norm_epsilon", 1e-6), projected,
                               RmsScale::kWeightPlusOne);
    }
    return add_rotation(call, rotation, projected);
  };
  const std::int64_t window = config.boolean("use_sliding_window_attention", false)
                                  ? size_in(config, "sliding_window_size", 4096)
                                  : 0;
  const ValueId result = add_scored_attention(
      call, {heads.size, window, soft_cap_of(config), reach.causal},
      turned("query_dense", "query_norm", heads.queries),
      turned("key_dense", "key_norm", heads.keys), project("value_dense", heads.keys), reach.masks);
  return add_einsum_dense(layers, "output_dense", "btnh,nhd->btd", {width}, result);
}

ValueId add_gemma_feedforward(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t units =
      size_in(config, "intermediate_dim") / size_in(config, "gate_dim_reduction", 2);
  const std::int64_t width = call.shape(x).back();
  const auto project = [&](const char* part) {
    return add_einsum_dense(layers, part, "btd,df->btf", {units}, x);
  };
  const ValueId gate =
      call.add(ops::make_unary({kernels::UnaryKind::kGeluTanh}), {project("gating_ffw")});
  const ValueId inner = add_binary(call, BinaryKind::kMultiply, gate, project("gating_ffw_2"));
  return add_einsum_dense(layers, "ffw_linear", "btf,fd->btd", {width}, inner);
}

/// Whether each position may attend to each other one: to itself and those before it.
std::vector<double> causal_order(std::int64_t positions) {
  std::vector<double> order;
  for (std::int64_t query = 0; query < positions; ++query) {
    for (std::int64_t key = 0; key < positions; ++key) order.push_back(key <= query ? 1.0 : 0.0);
  }
  return order;
}

std::vector<ValueId> add_gemma_decoder(LayerCall& call, const Reach& reach) {
  const Config config = call.config();
  const Sublayers layers(call);
  const auto norm = [&](const char* attribute, ValueId x) {
    return add_rms_norm(layers, attribute, config.number("layer_norm_epsilon", 1e-6), x,
                        RmsScale::kWeightPlusOne);
  };
  const ValueId input = main_argument(call, "x");
  ValueId x = add_gemma_attention(call, reach, norm("pre_attention_norm", input));
  if (config.boolean("use_post_attention_norm", false)) x = norm("post_attention_norm", x);
  const ValueId attended = add_sum(call, input, x);
  x = add_gemma_feedforward(call, norm("pre_ffw_norm", attended));
  if (config.boolean("use_post_ffw_norm", false)) x = norm("post_ffw_norm", x);
  return {add_sum(call, x, attended)};
}

std::vector<ValueId> gemma_decoder(LayerCall& call) {
  refuse_cache(call);
  require(!tensor_argument(call, 2, "vision_mask"), ErrorCode::kUnsupported,
          "images in a text are not supported");
  return add_gemma_decoder(call, {.causal = true, .masks = score_masks(call, kGemmaMasks)});
}

/// A mask (batch, words) as one of keys, (batch, 1, 1, positions), those of an image before the
/// words being `first`.
ValueId add_key_mask(LayerCall& call, ValueId mask, std::int64_t positions, bool first) {
  const Shape shape = call.shape(mask);
  require(shape.rank() == 2 && shape[1] <= positions, ErrorCode::kInvalidArgument,
          "a mask has the shape {} for {} positions", to_string(shape), positions);
  ValueId keys = as_mask(call, mask);
  if (shape[1] < positions) {
    const Shape before{shape[0], positions - shape[1]};
    const std::vector<double> values(static_cast<std::size_t>(before.elements()),
                                     first ? 1.0 : 0.0);
    const Operand image = Operand::array(call.path(), values, before, DType::kBool);
    keys = call.add(ops::make_concat(1), {as_mask(call, as_value(call, image)), keys});
  }
  return add_reshape(call, keys, {shape[0], 1, 1, positions});
}

/// Every position attends to the image and to what is asked; what is answered, only to those
/// before.
ValueId prompt_mask(LayerCall& call, ValueId padding, std::int64_t positions) {
  const ValueId kept = add_key_mask(call, padding, positions, true);
  const std::vector<double> order = causal_order(positions);
  const Operand before =
      Operand::array(call.path(), order, {1, 1, positions, positions}, DType::kBool);
  const Mask response = tensor_argument(call, 2, "response_mask");
  if (!response) return add_comparison(call, kernels::ComparisonKind::kOr, before, kept);
  const ValueId answered = add_key_mask(call, *response, positions, false);
  const ValueId asked = add_comparison(call, kernels::ComparisonKind::kGreater, kept, answered);
  return add_comparison(call, kernels::ComparisonKind::kOr, asked,
                        add_comparison(call, kernels::ComparisonKind::kAnd, before, answered));
}

/// Of PaliGemma, where an image comes before the text.
std::vector<ValueId> image_gemma_decoder(LayerCall& call) {
  refuse_cache(call);
  const Mask padding = tensor_argument(call, 1, "padding_mask");
  if (!padding) return add_gemma_decoder(call, {.causal = true, .masks = {}});
  const std::int64_t positions = call.shape(main_argument(call, "x"))[1];
  return add_gemma_decoder(call,
                           {.causal = false, .masks = {prompt_mask(call, *padding, positions)}});
}

}  // namespace

void register_gemma_decoder(Registry& registry) {
  for (const char* name : {"GemmaDecoderBlock", "Gemma3DecoderBlock"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), gemma_decoder, pass_first_mask);
  }
  registry.add_layer("keras_hub>PaliGemmaDecoderBlock", image_gemma_decoder, pass_first_mask);
}

}  // namespace weir::layers
