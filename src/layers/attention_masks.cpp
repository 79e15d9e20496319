#include "layers/attention_masks.h"

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/shaping.h"

namespace weir::layers {
namespace {

ValueId as_score_mask(LayerCall& call, ValueId mask, bool has_queries) {
  const Shape shape = call.shape(mask);
  require(shape.rank() == (has_queries ? 3U : 2U), ErrorCode::kInvalidArgument,
          "a mask has the shape {}", to_string(shape));
  const std::int64_t queries = has_queries ? shape[1] : 1;
  return add_reshape(call, as_mask(call, mask), {shape[0], 1, queries, shape.back()});
}

}  // namespace

std::optional<ValueId> tensor_argument(const LayerCall& call, std::size_t position,
                                       std::string_view name) {
  const std::optional<std::size_t> index = find_tensor(call, position, name);
  return index ? std::optional(call.inputs()[*index]) : std::nullopt;
}

ValueId main_argument(LayerCall& call, std::string_view name) {
  const std::optional<ValueId> value = tensor_argument(call, 0, name);
  require(value.has_value(), ErrorCode::kInvalidArgument, "is called without {}", name);
  return as_float(call, *value);
}

std::vector<ValueId> score_masks(LayerCall& call, const MaskArguments& arguments) {
  std::vector<ValueId> masks;
  const Mask given = tensor_argument(call, arguments.position, arguments.of_keys);
  if (const Mask of_keys = given ? given : call.mask()) {
    masks.push_back(as_score_mask(call, *of_keys, false));
  }
  if (arguments.of_scores == nullptr) return masks;
  if (const Mask mask = tensor_argument(call, arguments.position + 1, arguments.of_scores)) {
    masks.push_back(as_score_mask(call, *mask, true));
  }
  return masks;
}

void refuse_cache(const LayerCall& call) {
  if (call.call() == nullptr) return;
  for (const auto& [name, value] : call.call()->kwargs.items()) {
    require(name.find("cache") == name.npos || value.is_null() || value == 0,
            ErrorCode::kUnsupported, "a call with a cache is not supported");
  }
}

std::vector<Mask> pass_first_mask(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  return {call.mask()};
}

}  // namespace weir::layers
