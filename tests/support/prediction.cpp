#include "support/prediction.h"

#include <algorithm>
#include <cstring>

namespace weir::testing {

std::vector<GoldenTensor> in_order(const std::vector<GoldenTensor>& tensors,
                                   std::span<const TensorSpec> specs) {
  std::vector<GoldenTensor> ordered;
  for (const TensorSpec& spec : specs) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(),
                     [&](const GoldenTensor& tensor) { return tensor.name == spec.name; });
    if (found == tensors.end()) return tensors;
    ordered.push_back(*found);
  }
  return ordered;
}

std::vector<TensorView> views(const std::vector<GoldenTensor>& tensors) {
  std::vector<TensorView> result;
  for (const GoldenTensor& tensor : tensors) result.push_back(tensor.view());
  return result;
}

std::vector<TensorView> first_rows(std::vector<TensorView> inputs, std::int64_t rows) {
  for (TensorView& input : inputs) input.shape[0] = rows;
  return inputs;
}

std::vector<Shape> row_shapes(std::span<const TensorView> inputs) {
  std::vector<Shape> shapes;
  for (const TensorView& input : inputs) shapes.emplace_back(input.shape.dims().subspan(1));
  return shapes;
}

Request::Request(Session& session, std::vector<TensorView> inputs) : inputs_(std::move(inputs)) {
  std::vector<Shape> shapes;
  for (const TensorView& input : inputs_) shapes.push_back(input.shape);
  const std::vector<Shape> output_shapes = session.output_shapes(shapes);
  for (std::size_t i = 0; i < output_shapes.size(); ++i) {
    MutableTensorView target{nullptr, session.model().outputs()[i].dtype, output_shapes[i]};
    outputs_.emplace_back(target.bytes());
    target.data = outputs_.back().data();
    targets_.push_back(target);
  }
}

std::vector<float> Request::floats(std::size_t i) const {
  std::vector<float> values(outputs_[i].size() / sizeof(float));
  if (values.empty()) return values;
  std::memcpy(values.data(), outputs_[i].data(), outputs_[i].size());
  return values;
}

Outputs predict(Session& session, const std::vector<TensorView>& inputs) {
  Request request(session, inputs);
  request.run(session);
  return request.outputs();
}

}  // namespace weir::testing
