#include "base/fail.h"
#include "layers/as_declared.h"
#include "layers/categories.h"
#include "layers/registry.h"
#include "layers/salt.h"
#include "layers/shaping.h"
#include "ops/hash_bins.h"

namespace weir::layers {
namespace {

std::int64_t bins_of(const Config& config) { return config.sizes("num_bins", 1, 0).front(); }

std::optional<std::variant<double, std::string>> mask_value_of(const Config& config) {
  if (!config.has("mask_value")) return std::nullopt;
  if (config.json()["mask_value"].is_string()) return config.text("mask_value", "");
  return config.number("mask_value", 0);
}

std::vector<ValueId> hashing(LayerCall& call) {
  const Config config = call.config();
  const std::string mode = output_mode_of(config);
  const std::int64_t bins = bins_of(config);
  ValueId input = as_declared(call, call.input());
  const Shape shape = call.shape(input);
  // Before its elements are encoded, which takes away another axis of size 1.
  if (mode == "one_hot" && shape.rank() > 1 && shape.back() == 1) {
    input = add_reshape(call, input, Shape(shape.dims().first(shape.rank() - 1)));
  }
  const ValueId hashed =
      call.add(ops::make_hash_bins({bins, salt_of(config), mask_value_of(config)}), {input});
  return {encode_categories(call, hashed, mode, bins, encoded_type_of(config))};
}

std::vector<ValueId> hashed_crossing(LayerCall& call) {
  const Config config = call.config();
  const std::string mode = output_mode_of(config);
  const std::int64_t bins = bins_of(config);
  std::vector<ValueId> features;
  for (const ValueId input : call.inputs()) {
    const Shape& shape = call.shape(input);
    require(shape.rank() == 1 || (shape.rank() == 2 && shape.back() == 1),
            ErrorCode::kInvalidArgument,
            "features have the shape (batch,) or (batch, 1), but one has {}", to_string(shape));
    features.push_back(as_declared(call, input));
  }
  const ValueId crossed = call.add(ops::make_hashed_crossing(bins), std::move(features));
  return {encode_categories(call, crossed, mode, bins, encoded_type_of(config))};
}

}  // namespace

void register_hashing(Registry& registry) {
  registry.add_layer("Hashing", hashing);
  registry.add_layer("HashedCrossing", hashed_crossing);
}

}  // namespace weir::layers
