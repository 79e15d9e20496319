#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "session/convert.h"
#include "support/prediction.h"
#include "weir/error.h"
#include "weir/model.h"

namespace weir::testing {

namespace {

Outputs predict(const Model& model, const std::vector<TensorView>& inputs,
                const SessionOptions& options) {
  Session session(model, options);
  return testing::predict(session, inputs);
}

std::vector<float> floats(const void* data, DType dtype, std::size_t count) {
  std::vector<float> values(count);
  session::convert_elements(dtype, data, DType::kFloat32, values.data(), count);
  return values;
}

bool same_special(float a, float b) { return (std::isnan(a) && std::isnan(b)) || a == b; }

std::vector<std::string> strings(const void* data, std::size_t count) {
  const auto* views = static_cast<const std::string_view*>(data);
  return {views, views + count};
}

/// Gives the largest difference, relative to the largest value that is expected.
double expect_close(const GoldenTensor& expected, const std::vector<std::byte>& actual, DType dtype,
                    double tolerance) {
  const auto count = static_cast<std::size_t>(expected.shape.elements());
  if (expected.dtype == DType::kString) {
    EXPECT_EQ(strings(expected.data.bytes.data(), count), strings(actual.data(), count));
    return 0;
  }
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
  // Integers are places and identifiers, which are right or wrong.
  const bool is_float = expected.dtype == DType::kFloat32 || expected.dtype == DType::kFloat64;
  EXPECT_LE(worst, is_float ? tolerance * largest : 0.0)
      << expected.name << ": largest expected " << largest;
  return worst == 0 ? 0 : worst / largest;
}

class Golden : public ::testing::TestWithParam<GoldenName> {};

TEST_P(Golden, AgreesWithKeras) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
  const Outputs outputs = predict(model, inputs, {.threads = 2});
  const std::vector<GoldenTensor> expected = in_order(golden.outputs, model.outputs());
  ASSERT_EQ(outputs.size(), expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(model.outputs()[i].name, expected[i].name);
    ASSERT_EQ(outputs[i].size(), static_cast<std::size_t>(expected[i].shape.elements()) *
                                     size_of(model.outputs()[i].dtype))
        << to_string(expected[i].shape);
    worst = std::max(
        worst, expect_close(expected[i], outputs[i], model.outputs()[i].dtype, golden.tolerance));
  }
  RecordProperty("difference", fmt::format("{:.1e}", worst));  // For tools/layers_table.py.
}

TEST_P(Golden, HasTheSameBitsForAnyBatchSizeThreadsAndMode) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
  SessionOptions options{.threads = 1};
  options.row_shapes = row_shapes(inputs);
  // Rows that depend on each other do so in Keras, too.
  if (model.plan(options).mode == ExecutionMode::kWhole) return;
  const Outputs whole = predict(model, inputs, {.threads = 2});
  EXPECT_EQ(whole, predict(model, inputs, {.batch_size = 1, .threads = 1}));
  EXPECT_EQ(whole, predict(model, inputs, {.batch_size = 2, .threads = 3}));
  for (const ExecutionMode mode : {ExecutionMode::kLatency, ExecutionMode::kThroughput}) {
    options = {.threads = 2};
    options.mode = mode;
    options.micro_batch = mode == ExecutionMode::kLatency ? 3 : 1;
    EXPECT_EQ(whole, predict(model, inputs, options)) << to_string(mode);
  }
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, Golden, ::testing::ValuesIn(golden_names()),
                         golden_test_name);

}  // namespace
}  // namespace weir::testing
