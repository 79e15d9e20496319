#include "layers/alibi.h"

#include <cmath>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"

/// Scores that fall with the distance, as a layer of keras-hub's and in its decoders.
namespace weir::layers {
namespace {

/// (batch, heads, queries, keys) less for keys that are farther from the last one.
std::vector<ValueId> alibi_bias(LayerCall& call) {
  const ValueId scores = as_float(call, call.input());
  const Shape shape = call.shape(scores);
  require(shape.rank() == 4, ErrorCode::kInvalidArgument, "scores have the shape {}",
          to_string(shape));
  const double maximum = call.config().number("alibi_bias_max", 8.0);
  require(maximum > 0, ErrorCode::kMalformed, "alibi_bias_max is {}", maximum);
  std::vector<double> biases;
  for (const double slope : alibi_slopes(shape[1], maximum)) {
    for (std::int64_t key = 1 - shape[3]; key <= 0; ++key) {
      biases.push_back(slope * static_cast<double>(key));
    }
  }
  return {
      add_binary(call, kernels::BinaryKind::kAdd, scores,
                 Operand::array(call.path(), biases, {1, shape[1], 1, shape[3]}, DType::kFloat32))};
}

}  // namespace

std::vector<double> alibi_slopes(std::int64_t heads, double maximum) {
  std::int64_t power = 1;
  while (2 * power <= heads) power *= 2;
  const auto of_power = [&](std::int64_t count, std::int64_t i) {
    return std::exp2(-maximum / static_cast<double>(count) * static_cast<double>(i + 1));
  };
  std::vector<double> slopes;
  for (std::int64_t i = 0; i < power; ++i) slopes.push_back(of_power(power, i));
  for (std::int64_t i = 0; i < heads - power; ++i) slopes.push_back(of_power(2 * power, 2 * i));
  return slopes;
}

void register_alibi(Registry& registry) { registry.add_layer("keras_hub>AlibiBias", alibi_bias); }

}  // namespace weir::layers
