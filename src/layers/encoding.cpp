#include <algorithm>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/categories.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/category_counts.h"
#include "ops/digitize.h"
#include "ops/reduce.h"

/// Layers that turn numbers into categories, and categories into vectors.
namespace weir::layers {
namespace {

/// Of each element of a sample, its weight instead of 1.
ValueId weighted_counts(LayerCall& call, ValueId categories, ValueId weights, std::int64_t depth) {
  Shape shape = call.shape(categories);
  require(shape.rank() == 2 && call.shape(weights) == shape, ErrorCode::kUnsupported,
          "count_weights of the shape {} for an input of the shape {} are not supported",
          to_string(call.shape(weights)), to_string(shape));
  shape.push_back(1);
  const ValueId alone = add_reshape(call, categories, shape);
  const ValueId vectors = call.add(
      ops::make_category_counts({.categories = depth, .binary = true, .dtype = DType::kFloat32}),
      {alone});
  const ValueId weighted = add_binary(call, kernels::BinaryKind::kMultiply, vectors,
                                      add_reshape(call, as_float(call, weights), shape));
  return call.add(ops::make_reduce(kernels::ReduceKind::kSum, {1}, false), {weighted});
}

std::vector<ValueId> category_encoding(LayerCall& call) {
  const Config config = call.config();
  const std::string given = output_mode_of(config);
  const std::string mode = config.has("output_mode") ? given : "multi_hot";
  require(mode != "int", ErrorCode::kMalformed, "output_mode is 'int'");
  const std::int64_t depth = config.sizes("num_tokens", 1, 0).front();
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  const ValueId categories = add_cast(call, DType::kInt32, call.inputs().front());
  const std::optional<std::size_t> weights = find_tensor(call, 1, "count_weights");
  if (weights) {
    require(mode == "count", ErrorCode::kMalformed, "count_weights with output_mode '{}'", mode);
    return {weighted_counts(call, categories, call.inputs()[*weights], depth)};
  }
  return {encode_categories(call, categories, mode, depth, encoded_type_of(config))};
}

std::vector<float> read_boundaries(const Config& config) {
  require(config.has("bin_boundaries"), ErrorCode::kUnsupported,
          "the file has no bin_boundaries; adapt the layer before the model is saved");
  std::vector<float> boundaries;
  for (const double boundary : config.numbers("bin_boundaries")) {
    boundaries.push_back(static_cast<float>(boundary));
  }
  require(std::ranges::is_sorted(boundaries), ErrorCode::kMalformed, "bin_boundaries do not rise");
  return boundaries;
}

std::vector<ValueId> discretization(LayerCall& call) {
  const Config config = call.config();
  std::vector<float> boundaries = read_boundaries(config);
  const auto bins = static_cast<std::int64_t>(boundaries.size()) + 1;
  const ValueId bin =
      call.add(ops::make_digitize(std::move(boundaries)), {as_float(call, call.input())});
  return {encode_categories(call, bin, output_mode_of(config), bins, encoded_type_of(config))};
}

}  // namespace

void register_encoding(Registry& registry) {
  registry.add_layer("CategoryEncoding", category_encoding);
  registry.add_layer("Discretization", discretization);
}

}  // namespace weir::layers
