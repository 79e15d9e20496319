#include "layers/grouped_attention.h"

#include "base/fail.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"

namespace weir::layers {

std::int64_t window_in(const Config& config) {
  if (!config.boolean("use_sliding_window_attention", true)) return 0;
  const std::int64_t window =
      config.integer("sliding_window_size", config.integer("sliding_window", 0));
  require(window >= 0, ErrorCode::kMalformed, "a window of {} keys", window);
  return window;
}

ValueId add_grouped_attention(const Sublayers& attention, const GroupedAttention& traits,
                              ValueId x) {
  LayerCall& call = attention.call();
  const Config config = call.config();
  const std::int64_t width = call.shape(x).back();
  const Heads heads = read_heads(config, width);
  const Rotation rotation = make_rotation(heads.size, config.number("rope_max_wavelength", 10000.0),
                                          config.number("rope_scaling_factor", 1.0));
  const auto project = [&](const std::string& part, std::int64_t count) {
    return add_einsum_dense(attention, part, "bqm,muh->bquh", {count, heads.size}, x,
                            traits.has_bias ? "uh" : "");
  };
  const auto turned = [&](const std::string& part, std::int64_t count) {
    ValueId projected = project(part, count);
    if (traits.normalizes_heads) {
      projected = add_rms_norm(attention, part + "_layer_norm",
                               config.number("layer_norm_epsilon", 1e-5), projected);
    }
    return add_rotation(call, rotation, projected);
  };
  const std::string prefix = traits.prefix;
  const ValueId result = add_scored_attention(
      call, {heads.size, window_in(config)}, turned(prefix + "query_dense", heads.queries),
      turned(prefix + "key_dense", heads.keys), project(prefix + "value_dense", heads.keys),
      score_masks(call, kDecoderMasks));
  return add_einsum_dense(attention, std::string(traits.output_prefix) + "output_dense",
                          "bquh,uhm->bqm", {width}, result);
}

}  // namespace weir::layers
