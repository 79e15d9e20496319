#include "sample_batch.h"

namespace weir::app {
namespace {

constexpr std::string_view kSampleText = "The quick brown fox jumps over the lazy dog.";

Shape input_shape(const TensorSpec& spec, const std::vector<Shape>& row_shapes, std::size_t i,
                  std::size_t rows) {
  Shape shape = spec.shape;
  shape[0] = static_cast<std::int64_t>(rows);
  for (std::size_t axis = 1; axis < shape.rank() && i < row_shapes.size(); ++axis) {
    shape[axis] = row_shapes[i][axis - 1];
  }
  return shape;
}

}  // namespace

SampleBatch::SampleBatch(Session& session, std::size_t rows) {
  const std::span<const TensorSpec> inputs = session.model().inputs();
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    shapes.push_back(input_shape(inputs[i], session.options().row_shapes, i, rows));
    add_input(inputs[i].dtype, shapes.back());
  }
  const std::vector<Shape> output_shapes = session.output_shapes(shapes);
  for (std::size_t i = 0; i < output_shapes.size(); ++i) {
    add_output({nullptr, session.model().outputs()[i].dtype, output_shapes[i]});
  }
}

/// Numbers in [0, 1): as indices they are all 0, which every table has. Texts are of a few words.
void SampleBatch::add_input(DType dtype, const Shape& shape) {
  if (dtype == DType::kString) {
    texts_.emplace_back(static_cast<std::size_t>(shape.elements()), kSampleText);
    inputs_.push_back({texts_.back().data(), dtype, shape});
    return;
  }
  std::uniform_real_distribution<float> uniform(0.0F, 1.0F);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (float& value : values) value = uniform(random_);
  values_.push_back(std::move(values));
  inputs_.push_back({values_.back().data(), DType::kFloat32, shape});
}

void SampleBatch::add_output(MutableTensorView view) {
  rooms_.emplace_back(view.bytes());
  view.data = rooms_.back().data();
  outputs_.push_back(view);
}

}  // namespace weir::app
