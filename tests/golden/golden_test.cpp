#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>

#include "session/convert.h"
#include "support/golden_pack.h"
#include "weir/error.h"
#include "weir/model.h"

namespace weir::testing {

void PrintTo(const GoldenName& name, std::ostream* out) { *out << name.family << "/" << name.name; }

namespace {

using Outputs = std::vector<std::vector<std::byte>>;

std::vector<TensorView> views(const std::vector<GoldenTensor>& tensors) {
  std::vector<TensorView> result;
  for (const GoldenTensor& tensor : tensors) result.push_back(tensor.view());
  return result;
}

/// The tensors of the case in the model's order: matched by name, where the names are known.
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

Outputs predict(const Model& model, const std::vector<TensorView>& inputs,
                const SessionOptions& options) {
  Session session(model, options);
  std::vector<Shape> shapes;
  for (const TensorView& input : inputs) shapes.push_back(input.shape);
  const std::vector<Shape> output_shapes = session.output_shapes(shapes);
  Outputs outputs;
  std::vector<MutableTensorView> targets;
  for (std::size_t i = 0; i < output_shapes.size(); ++i) {
    MutableTensorView target{nullptr, model.outputs()[i].dtype, output_shapes[i]};
    outputs.emplace_back(target.bytes());
    target.data = outputs.back().data();
    targets.push_back(target);
  }
  session.run(inputs, targets);
  return outputs;
}

std::vector<float> floats(const void* data, DType dtype, std::size_t count) {
  std::vector<float> values(count);
  session::convert_elements(dtype, data, DType::kFloat32, values.data(), count);
  return values;
}

bool same_special(float a, float b) { return (std::isnan(a) && std::isnan(b)) || a == b; }

void expect_close(const GoldenTensor& expected, const std::vector<std::byte>& actual, DType dtype,
                  double tolerance) {
  const auto count = static_cast<std::size_t>(expected.shape.elements());
  const std::vector<float> want = floats(expected.data.bytes.data(), expected.dtype, count);
  const std::vector<float> have = floats(actual.data(), dtype, count);
  double largest = 0;
  for (const float value : want) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  double worst = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (same_special(want[i], have[i])) continue;
    const double difference = std::abs(static_cast<double>(want[i]) - have[i]);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  EXPECT_LE(worst, tolerance * largest) << expected.name << ": largest expected " << largest;
}

class Golden : public ::testing::TestWithParam<GoldenName> {};

TEST_P(Golden, AgreesWithKeras) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
  const Outputs outputs = predict(model, inputs, {.threads = 2});
  const std::vector<GoldenTensor> expected = in_order(golden.outputs, model.outputs());
  ASSERT_EQ(outputs.size(), expected.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(model.outputs()[i].name, expected[i].name);
    ASSERT_EQ(outputs[i].size(), static_cast<std::size_t>(expected[i].shape.elements()) *
                                     size_of(model.outputs()[i].dtype))
        << to_string(expected[i].shape);
    expect_close(expected[i], outputs[i], model.outputs()[i].dtype, golden.tolerance);
  }
}

TEST_P(Golden, HasTheSameBitsForAnyBatchSizeAndThreads) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
  SessionOptions options{.threads = 1};
  for (const TensorView& input : inputs)
    options.row_shapes.emplace_back(input.shape.dims().subspan(1));
  if (model.plan(options).mode == "whole") return;  // Its rows depend on each other, as in Keras.
  const Outputs whole = predict(model, inputs, {.threads = 2});
  EXPECT_EQ(whole, predict(model, inputs, {.batch_size = 1, .threads = 1}));
  EXPECT_EQ(whole, predict(model, inputs, {.batch_size = 2, .threads = 3}));
}

std::string test_name(const ::testing::TestParamInfo<GoldenName>& info) {
  std::string name = info.param.family + "_" + info.param.name;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Keras, Golden, ::testing::ValuesIn(golden_names()), test_name);

}  // namespace
}  // namespace weir::testing
