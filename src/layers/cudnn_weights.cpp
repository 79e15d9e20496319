#include "layers/cudnn_weights.h"

#include <string>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "layers/float_weight.h"
#include "layers/layer.h"

namespace weir::layers {
namespace {

using keras::LayerRecord;
using keras::WeightRecord;

/// Each gate's part of a kernel, (rows, units), has its elements in the order of (units, rows).
WeightRecord turned(const WeightRecord& kernel, std::size_t gates) {
  const std::vector<float> values = floats_of(kernel);
  const auto rows = static_cast<std::size_t>(kernel.shape[0]);
  const auto columns = static_cast<std::size_t>(kernel.shape[1]);
  const std::size_t units = columns / gates;
  std::vector<float> result(values.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t gate = column / units;
      const std::size_t place = column % units * rows + row;  // Among the gate's elements.
      result[row * columns + column] =
          values[place / units * columns + gate * units + place % units];
    }
  }
  return from_floats(kernel.name, kernel.shape, std::move(result));
}

/// Those of the input and of the recurrent product, one behind the other: added where the cell adds
/// them anyway, else as two rows.
WeightRecord joined_bias(const WeightRecord& bias, bool added) {
  std::vector<float> values = floats_of(bias);
  const std::size_t half = values.size() / 2;
  const auto columns = static_cast<std::int64_t>(half);
  if (!added) return from_floats(bias.name, {2, columns}, std::move(values));
  for (std::size_t i = 0; i < half; ++i) values[i] += values[half + i];
  values.resize(half);
  return from_floats(bias.name, {columns}, std::move(values));
}

/// As Keras does it, told by the bias: what was trained with the one may be loaded into the other.
void restore_kernels(LayerRecord& layer, bool is_lstm) {
  auto& weights = layer.weights.vars;
  const std::int64_t units = Config(layer.config).sizes("units", 1, 0).front();
  const std::int64_t gates = is_lstm ? 4 : 3;
  const std::int64_t columns = checked_mul(gates, units);
  if (weights.size() != 3 || weights[2].shape != Shape{checked_mul<std::int64_t>(2, columns)})
    return;
  require(weights[0].shape.rank() == 2 && weights[0].shape[1] == columns &&
              weights[1].shape == Shape{units, columns},
          ErrorCode::kMalformed, "the kernels {} and {} are not those of {} units",
          to_string(weights[0].shape), to_string(weights[1].shape), units);
  weights[0] = turned(weights[0], static_cast<std::size_t>(gates));
  weights[1] = turned(weights[1], static_cast<std::size_t>(gates));
  weights[2] = joined_bias(weights[2], is_lstm);
}

}  // namespace

void restore_cudnn(LayerRecord& layer) {
  const bool is_cudnn = layer.class_name.starts_with("CuDNN");
  const std::string kind = is_cudnn ? layer.class_name.substr(5) : layer.class_name;
  if (kind != "LSTM" && kind != "GRU") return;
  restore_kernels(layer, kind == "LSTM");
  if (!is_cudnn) return;
  layer.class_name = kind;
  layer.config["reset_after"] = true;
}

}  // namespace weir::layers
