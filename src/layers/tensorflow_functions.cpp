#include "layers/tensorflow_functions.h"

#include <map>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/shaping.h"
#include "ops/category_counts.h"
#include "ops/decompositions.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

/// The values first, and v as it is.
std::vector<ValueId> singular_values(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const bool wants_vectors = config.boolean("compute_uv", true);
  const bool is_complete = wants_vectors && config.boolean("full_matrices", false);
  const std::vector<ValueId> parts = call.add_many(
      ops::make_singular_values(is_complete ? ops::Vectors::kComplete : ops::Vectors::kReduced),
      {as_float(call, first_input(call))});
  if (!wants_vectors) return {parts[1]};
  return {parts[1], parts[0], parts[2]};
}

/// Of all elements; those outside of the range are in the first or in the last bin.
std::vector<ValueId> fixed_width_histogram(LayerCall& call) {
  constexpr std::int64_t kMostBins = 1 << 24;
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::vector<double> range = config.numbers("value_range");
  const std::int64_t bins = config.sizes("nbins", 1, 100).front();
  require(range.size() == 2 && range[0] < range[1] && bins <= kMostBins, ErrorCode::kUnsupported,
          "{} bins of such a range", bins);
  const auto count = static_cast<double>(bins);
  const ValueId x = as_float(call, first_input(call));
  const ValueId distance = add_affine(call, 1, -range[0], x);
  const ValueId place = add_division(call, distance, Operand::real((range[1] - range[0]) / count));
  const ValueId inside =
      call.add(ops::make_unary(kernels::clip(0.0F, static_cast<float>(bins - 1))), {place});
  const ValueId list = add_reshape(call, add_cast(call, DType::kInt32, inside), {1, Shape::kFree});
  return {
      add_reshape(call, call.add(ops::make_category_counts({.categories = bins}), {list}), {bins})};
}

}  // namespace

LowerFunction find_tensorflow_function(std::string_view name) {
  static const std::map<std::string_view, LowerFunction> functions{
      {"histogram_fixed_width", fixed_width_histogram},
      {"linalg.svd", singular_values},
  };
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : found->second;
}

}  // namespace weir::layers
