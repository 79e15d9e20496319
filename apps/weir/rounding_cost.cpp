#include "rounding_cost.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "sample_batch.h"

namespace weir::app {
namespace {

using Output = std::vector<float>;

/// The outputs of a session of its own, those that are no floats left empty.
std::vector<Output> predict(const Model& model, const SessionOptions& options,
                            const Device& device) {
  Session session(model, options, device);
  const SampleBatch batch(session, options.batch_size);
  session.run(batch.inputs(), batch.outputs());
  std::vector<Output> outputs;
  for (const MutableTensorView& view : batch.outputs()) {
    const auto* values = static_cast<const float*>(view.data);
    const auto count = static_cast<std::size_t>(view.shape.elements());
    outputs.emplace_back(values, view.dtype == DType::kFloat32 ? values + count : values);
  }
  return outputs;
}

RoundingCost cost_of(const Output& rounded, const Output& exact) {
  double largest = 0;
  double difference = 0;
  double squares = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double apart = std::abs(static_cast<double>(rounded[i]) - static_cast<double>(exact[i]));
    largest = std::max(largest, std::abs(static_cast<double>(exact[i])));
    difference = std::max(difference, apart);
    squares += apart * apart;
  }
  if (largest == 0) return {};
  return {std::sqrt(squares / static_cast<double>(exact.size())) / largest, difference / largest};
}

}  // namespace

RoundingCost measure_rounding(const Model& model, SessionOptions options) {
  const Device device({.threads = options.threads});
  options.weights = WeightsMode::kStream;
  options.mode.reset();
  options.memory_limit.reset();
  const std::vector<Output> rounded = predict(model, options, device);
  options.weights_dtype = DType::kFloat32;
  const std::vector<Output> exact = predict(model, options, device);
  RoundingCost cost;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const RoundingCost of_output = cost_of(rounded[i], exact[i]);
    cost.typical = std::max(cost.typical, of_output.typical);
    cost.largest = std::max(cost.largest, of_output.largest);
  }
  return cost;
}

}  // namespace weir::app
