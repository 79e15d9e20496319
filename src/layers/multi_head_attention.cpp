#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/quantised.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/attention.h"

/// MultiHeadAttention, also with the caches of keras-hub, which prediction leaves alone, and
/// GroupQueryAttention: projections, which are EinsumDense layers, around an
/// attention.
namespace weir::layers {
namespace {

/// What the two layers differ in.
struct Heads {
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t key_size;
  std::int64_t value_size;
};

Heads multi_heads(const Config& config) {
  const std::int64_t heads = config.sizes("num_heads", 1, 0).front();
  const std::int64_t key_size = config.sizes("key_dim", 1, 0).front();
  return {heads, heads, key_size, config.sizes("value_dim", 1, key_size).front()};
}

Heads grouped_heads(const Config& config) {
  const std::int64_t size = config.sizes("head_dim", 1, 0).front();
  return {config.sizes("num_query_heads", 1, 0).front(),
          config.sizes("num_key_value_heads", 1, 0).front(), size, size};
}

/// The layer's projections in the order of their weights in a flat list.
enum class Part : std::uint8_t { kQuery, kKey, kGate, kValue, kOutput };

std::string_view name_of(Part part) {
  constexpr std::array<std::string_view, 5> kNames{"query", "key", "gate", "value", "output"};
  return kNames.at(static_cast<std::size_t>(part));
}

bool has_gate(const LayerCall& call) { return call.config().boolean("use_gate", false); }
/// Whisper's keys have none.
bool has_bias(const LayerCall& call, Part part = Part::kQuery) {
  if (part == Part::kKey && call.record().class_name == "WhisperCachedMultiHeadAttention") {
    return false;
  }
  return call.config().boolean("use_bias", true);
}

/// The part's of the layer's flat list, as legacy files have it.
std::vector<keras::WeightRecord> from_flat_list(const LayerCall& call, Part part) {
  const std::vector<keras::WeightRecord>& all = call.record().weights.vars;
  const std::size_t each = has_bias(call) ? 2 : 1;
  const std::size_t parts = has_gate(call) ? 5 : 4;
  require(all.size() == each * parts, ErrorCode::kMalformed,
          "the file has {} weights for it, expected {}", all.size(), each * parts);
  const bool behind_gate = part > Part::kGate;
  const std::size_t place = static_cast<std::size_t>(part) - (behind_gate && !has_gate(call));
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(place * each);
  return {first, first + static_cast<std::ptrdiff_t>(each)};
}

/// The variables of a projection, whose attribute is private or not.
keras::LayerWeights weights_of(const LayerCall& call, Part part) {
  const auto& parts = call.record().weights.parts;
  const std::string attribute = fmt::format("{}_dense", name_of(part));
  for (const std::string& name : {attribute, "_" + attribute}) {
    if (const auto found = parts.find(name); found != parts.end()) return found->second;
  }
  if (!call.has_weights()) return {};
  return {from_flat_list(call, part), {}};
}

/// The EinsumDense layer of one projection. `product` are the letters of the kernel's inner axes
/// and of those that it makes, of the sizes `made`.
ValueId project(LayerCall& call, Part part, std::string_view inner, std::string_view outer,
                const std::vector<std::int64_t>& made, ValueId input) {
  keras::LayerRecord dense;
  dense.class_name = "EinsumDense";
  dense.module = "keras.layers";
  dense.name = part == Part::kOutput ? "attention_output" : name_of(part);
  dense.config = {{"equation", fmt::format("...{0},{0}{1}->...{1}", inner, outer)},
                  {"output_shape", made},
                  {"dtype", call.config().json().value("dtype", Json())}};
  if (has_bias(call, part)) dense.config["bias_axes"] = outer;
  if (part == Part::kGate) dense.config["activation"] = "sigmoid";
  dense.weights = weights_of(call, part);
  mark_if_int8(dense);
  return call.add_inner(dense, {input}).front();
}

/// To (…, heads, size).
ValueId project_to_heads(LayerCall& call, Part part, std::int64_t heads, std::int64_t size,
                         ValueId input) {
  return project(call, part, "d", "nh", {heads, size}, input);
}

/// A tensor argument of the call and its mask.
struct Argument {
  ValueId value;
  Mask mask;
};

std::optional<Argument> find_argument(const LayerCall& call, std::size_t position,
                                      std::string_view name) {
  const std::optional<std::size_t> index = find_tensor(call, position, name);
  if (!index) return std::nullopt;
  return Argument{call.inputs()[*index],
                  *index < call.masks().size() ? call.masks()[*index] : std::nullopt};
}

Argument argument_of(const LayerCall& call, std::size_t position, std::string_view name) {
  const std::optional<Argument> argument = find_argument(call, position, name);
  require(argument.has_value(), ErrorCode::kInvalidArgument, "is called without a {}", name);
  return *argument;
}

bool is_grouped(const LayerCall& call) { return call.record().class_name == "GroupQueryAttention"; }

/// The axes of a query (its last one aside) that attention goes along, and the others.
struct Axes {
  std::vector<std::size_t> attention;
  std::vector<std::size_t> leading;

  /// How a projected tensor, (…, heads, size), is put in order.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> order = leading;
    order.insert(order.end(), attention.begin(), attention.end());
    order.push_back(order.size());
    order.push_back(order.size());
    return order;
  }
};

Axes read_axes(const Config& config, std::size_t rank) {
  Axes axes;
  const std::vector<std::int64_t> given = config.integers("attention_axes");
  for (const std::int64_t axis : given) {
    const std::size_t place = to_axis(axis, rank);
    require(place > 0 && place + 1 < rank && !std::ranges::count(axes.attention, place),
            ErrorCode::kUnsupported, "attention along axis {} of {} is not supported", axis, rank);
    axes.attention.push_back(place);
  }
  for (std::size_t axis = 1; given.empty() && axis + 1 < rank; ++axis)
    axes.attention.push_back(axis);
  for (std::size_t axis = 0; axis + 1 < rank; ++axis) {
    if (!std::ranges::count(axes.attention, axis)) axes.leading.push_back(axis);
  }
  return axes;
}

Shape sizes_of(const Shape& shape, const std::vector<std::size_t>& axes) {
  Shape sizes;
  for (const std::size_t axis : axes) sizes.push_back(shape[axis]);
  return sizes;
}

/// A projected tensor as (leading…, attention, heads, size).
ValueId as_sequence(LayerCall& call, const Axes& axes, ValueId projected) {
  const ValueId ordered = add_transpose(call, projected, axes.order());
  const Shape& shape = call.shape(ordered);
  Shape target(shape.dims().first(axes.leading.size()));
  target.push_back(sizes_of(call.shape(projected), axes.attention).elements());
  target.push_back(shape[shape.rank() - 2]);
  target.push_back(shape.back());
  return add_reshape(call, ordered, target);
}

/// The reverse, for the result of a query of the given shape.
ValueId from_sequence(LayerCall& call, const Axes& axes, const Shape& query, ValueId result) {
  const std::vector<std::size_t> order = axes.order();
  const Shape& flat = call.shape(result);
  Shape shape = sizes_of(query, {order.begin(), order.end() - 2});
  shape.push_back(flat[flat.rank() - 2]);
  shape.push_back(flat.back());
  std::vector<std::size_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) back[order[i]] = i;
  return add_transpose(call, add_reshape(call, result, shape), std::move(back));
}

/// Keras's masks of places, (1, queries, keys), whatever axes attention goes along: the sizes are
/// those of the first axis behind the batch.
std::vector<ValueId> masks_of_places(LayerCall& call, const kernels::AttentionRule& rule,
                                     const Argument& query, const Argument& value) {
  if (!rule.causal && rule.window == 0) return {};
  const std::int64_t queries = call.shape(query.value)[1];
  const std::int64_t keys = call.shape(value.value)[1];
  std::vector<double> kept;
  for (std::int64_t row = 0; row < queries; ++row) {
    for (std::int64_t column = 0; column < keys; ++column) {
      const bool is_near =
          rule.window == 0 || std::abs(row - column) < static_cast<std::int64_t>(rule.window);
      kept.push_back(is_near && (!rule.causal || column <= row) ? 1.0 : 0.0);
    }
  }
  const Operand mask = Operand::array(call.path(), kept, {1, queries, keys}, DType::kInt32);
  return {as_mask(call, as_value(call, mask))};
}

/// Masks as Keras joins them: arrays that broadcast against each other, axes counted from the last.
std::vector<ValueId> read_masks(LayerCall& call, const Argument& query, const Argument& value,
                                const std::optional<Argument>& key) {
  std::vector<ValueId> masks;
  const auto add = [&](const Mask& mask, bool along_queries) {
    if (!mask) return;
    Shape shape = call.shape(*mask);
    const std::int64_t last = shape.back();
    if (!along_queries) shape[shape.rank() - 1] = 1;
    shape.push_back(along_queries ? 1 : last);
    masks.push_back(add_reshape(call, as_mask(call, *mask), shape));
  };
  const auto given = [&](std::size_t position, std::string_view name, const Mask& own) {
    const std::optional<Argument> mask = find_argument(call, position, name);
    return mask ? Mask(mask->value) : own;
  };
  // MultiHeadAttention takes the query's own mask whatever the call says.
  add(is_grouped(call) ? given(3, "query_mask", query.mask) : query.mask, true);
  add(given(4, "value_mask", value.mask), false);
  add(given(5, "key_mask", key ? key->mask : Mask()), false);
  if (const Mask mask = given(6, "attention_mask", {})) masks.push_back(as_mask(call, *mask));
  return masks;
}

/// The product of some of a mask's sizes, which are those of the scores or all 1.
std::int64_t joint_size(std::span<const std::int64_t> mask, std::span<const std::int64_t> scores) {
  if (std::ranges::all_of(mask, [](std::int64_t size) { return size == 1; })) return 1;
  require(std::ranges::equal(mask, scores), ErrorCode::kUnsupported,
          "a mask that repeats along one of several axes is not supported");
  return Shape(scores).elements();
}

/// Masks as those of an attention whose scores are (leading…, heads, queries…, keys…).
class MaskFitting {
 public:
  MaskFitting(const Axes& axes, const Shape& scores) : axes_(axes), scores_(scores) {}

  /// Keras first joins them (from the last axis on), then puts the missing axes before the
  /// attention's.
  std::vector<ValueId> fit(LayerCall& call, std::vector<ValueId> masks) const {
    std::size_t rank = 0;
    for (const ValueId mask : masks) rank = std::max(rank, call.shape(mask).rank());
    for (ValueId& mask : masks) {
      mask = for_all_samples(call, add_reshape(call, mask, fitted(call.shape(mask), rank)));
    }
    return masks;
  }

 private:
  /// An attention takes one mask for each sample, or one for all.
  ValueId for_all_samples(LayerCall& call, ValueId mask) const {
    const std::size_t leading = axes_.leading.size();
    const Shape& shape = call.shape(mask);
    const auto sizes = shape.dims().first(leading);
    if (std::ranges::all_of(sizes, [](std::int64_t size) { return size == 1; })) return mask;
    Shape whole(scores_.dims().first(leading));
    while (whole.rank() < shape.rank()) whole.push_back(-1);
    return add_broadcast(call, mask, whole);
  }

  Shape fitted(const Shape& mask, std::size_t rank) const {
    const std::size_t attention = axes_.attention.size();
    require(rank >= 2 * attention && rank <= scores_.rank(), ErrorCode::kInvalidArgument,
            "a mask of the shape {} does not fit scores of the shape {}", to_string(mask),
            to_string(scores_));
    std::vector<std::int64_t> sizes(rank - mask.rank(), 1);
    sizes.insert(sizes.end(), mask.begin(), mask.end());
    sizes.insert(sizes.end() - static_cast<std::ptrdiff_t>(2 * attention), scores_.rank() - rank,
                 1);
    const std::size_t leading = axes_.leading.size();
    Shape fitted;
    for (std::size_t axis = 0; axis <= leading; ++axis) fitted.push_back(sizes[axis]);
    for (const std::size_t first : {leading + 1, leading + 1 + attention}) {
      fitted.push_back(joint_size(std::span(sizes).subspan(first, attention),
                                  scores_.dims().subspan(first, attention)));
    }
    return fitted;
  }

  const Axes& axes_;
  const Shape& scores_;
};

/// Where a layer scores a masked key how. Keras 3 has a fused operation, which all but dropout and
/// scores lead to, and a Softmax layer beside it.
kernels::MaskedScore masked_score(const LayerCall& call, std::size_t rank, bool returns_scores) {
  if (call.keras2()) return kernels::MaskedScore::kLowered;
  const bool fused = rank == 3 && !returns_scores && call.config().number("dropout", 0.0) == 0.0;
  return fused ? kernels::MaskedScore::kReplaced : kernels::MaskedScore::kDropped;
}

kernels::AttentionRule read_rule(const LayerCall& call, std::size_t rank, std::int64_t key_size,
                                 bool returns_scores) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::int64_t window =
      config.has("sliding_window") ? config.sizes("sliding_window", 1, 0).front() : 0;
  kernels::AttentionRule rule;
  rule.masked = masked_score(call, rank, returns_scores);
  rule.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(key_size)));
  rule.causal = config.boolean("use_causal_mask", false);
  rule.window = static_cast<std::size_t>(window);
  return rule;
}

std::vector<ValueId> attention_of_heads(LayerCall& call, const Heads& heads) {
  const Argument query = argument_of(call, 0, "query");
  const Argument value = argument_of(call, 1, "value");
  const std::optional<Argument> key = find_argument(call, 2, "key");
  const Json settings = settings_of(call);
  const bool returns_scores = Config(settings).boolean("return_attention_scores", false);
  const Shape shape = call.shape(query.value);
  const std::size_t rank = shape.rank();
  require(rank >= 3 && call.shape(value.value).rank() == rank, ErrorCode::kInvalidArgument,
          "attention of the shapes {} and {}", to_string(shape),
          to_string(call.shape(value.value)));
  require(rank == 3 || !is_grouped(call), ErrorCode::kInvalidArgument,
          "the query has the shape {}, expected 3 axes", to_string(shape));
  const Axes axes = read_axes(call.config(), rank);

  const ValueId queries =
      project_to_heads(call, Part::kQuery, heads.queries, heads.key_size, query.value);
  const ValueId keys = project_to_heads(call, Part::kKey, heads.keys, heads.key_size,
                                        key ? key->value : value.value);
  const ValueId values =
      project_to_heads(call, Part::kValue, heads.keys, heads.value_size, value.value);

  const Shape along_queries = sizes_of(shape, axes.attention);
  const Shape along_keys = sizes_of(call.shape(keys), axes.attention);
  Shape scores = sizes_of(shape, axes.leading);
  scores.push_back(heads.queries);
  for (const std::int64_t size : along_queries) scores.push_back(size);
  for (const std::int64_t size : along_keys) scores.push_back(size);

  std::vector<ValueId> inputs{as_sequence(call, axes, queries), as_sequence(call, axes, keys),
                              as_sequence(call, axes, values)};
  kernels::AttentionRule rule = read_rule(call, rank, heads.key_size, returns_scores);
  std::vector<ValueId> masks = read_masks(call, query, value, key);
  if (rank > 3) {
    const std::vector<ValueId> more = masks_of_places(call, rule, query, value);
    masks.insert(masks.end(), more.begin(), more.end());
    rule.causal = false;
    rule.window = 0;
  }
  for (const ValueId mask : MaskFitting(axes, scores).fit(call, std::move(masks))) {
    inputs.push_back(mask);
  }
  std::vector<ValueId> outputs = call.add_many(
      ops::make_attention({.rule = rule, .returns_scores = returns_scores}), std::move(inputs));

  ValueId result = from_sequence(call, axes, shape, outputs[0]);
  if (has_gate(call)) {
    const ValueId gate =
        project_to_heads(call, Part::kGate, heads.queries, heads.value_size, query.value);
    result = add_binary(call, kernels::BinaryKind::kMultiply, result, gate);
  }
  std::vector<std::int64_t> made = call.config().integers("output_shape");
  if (made.empty() || is_grouped(call)) made = {shape.back()};
  require(made.size() <= 6, ErrorCode::kUnsupported, "output_shape has {} axes", made.size());
  outputs[0] = project(call, Part::kOutput, "nh", std::string_view("abcdef").substr(0, made.size()),
                       made, result);
  if (returns_scores) outputs[1] = add_reshape(call, outputs[1], scores);
  return outputs;
}

std::vector<ValueId> multi_head_attention(LayerCall& call) {
  return attention_of_heads(call, multi_heads(call.config()));
}

std::vector<ValueId> group_query_attention(LayerCall& call) {
  return attention_of_heads(call, grouped_heads(call.config()));
}

std::vector<Mask> mask_of_query(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  return {argument_of(call, 0, "query").mask};
}

}  // namespace

void register_multi_head_attention(Registry& registry) {
  registry.add_layer("MultiHeadAttention", multi_head_attention, mask_of_query);
  for (const char* name : {"CachedMultiHeadAttention", "WhisperCachedMultiHeadAttention"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), multi_head_attention, mask_of_query);
  }
  // Exported under the first name, written to legacy files under the second.
  for (const char* name : {"GroupQueryAttention", "GroupedQueryAttention"}) {
    registry.add_layer(name, group_query_attention, mask_of_query);
  }
}

}  // namespace weir::layers
