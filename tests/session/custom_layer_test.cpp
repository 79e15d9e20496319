#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "support/prediction.h"
#include "weir/allocations.h"
#include "weir/error.h"
#include "weir/io.h"

/// Models of tests/custom, made by tools/golden/custom.py, whose layers of somebody's own are
/// computed here.
namespace weir::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kRows = 70;

std::string custom_file(const std::string& name) { return WEIR_TESTS_DIR "/custom/" + name; }

/// What Keras was given and gave, by name.
std::map<std::string, TensorView> keras_tensors(Source& source) {
  const std::span<const TensorView> views = source.next(kRows);
  std::map<std::string, TensorView> tensors;
  for (std::size_t i = 0; i < views.size(); ++i) tensors[source.tensors()[i].name] = views[i];
  return tensors;
}

const float* floats(const TensorView& view) { return static_cast<const float*>(view.data); }
float* floats(const MutableTensorView& view) { return static_cast<float*>(view.data); }

std::vector<TensorSpec> like_the_input(const LayerDescription&, std::span<const TensorSpec> in) {
  return {in[0]};
}

/// tanh(x * kernel) * factor.
CustomLayer squash() {
  return {like_the_input,
          [](const LayerDescription& layer, std::span<const TensorSpec>,
             std::span<const TensorSpec>) -> CustomLayer::Compute {
            const float factor = nlohmann::json::parse(layer.config)["factor"];
            return [factor, kernel = layer.weights.at(0)](auto in, auto out) {
              const auto channels = static_cast<std::size_t>(kernel.view.shape[0]);
              for (std::size_t i = 0; i < in[0].bytes() / sizeof(float); ++i) {
                const float k = floats(kernel.view)[i % channels];
                floats(out[0])[i] = std::tanh(floats(in[0])[i] * k) * factor;
              }
            };
          }};
}

/// x * sigmoid(gate · kernel + bias), and its sign.
CustomLayer gate() {
  const auto infer = [](const LayerDescription&, std::span<const TensorSpec> in) {
    return std::vector<TensorSpec>{in[0], {"", DType::kInt32, in[0].shape}};
  };
  const auto prepare = [](const LayerDescription& layer, std::span<const TensorSpec>,
                          std::span<const TensorSpec>) -> CustomLayer::Compute {
    return [weights = layer.weights](std::span<const TensorView> in,
                                     std::span<const MutableTensorView> out) {
      const float* kernel = floats(weights.at(0).view);
      const float* bias = floats(weights.at(1).view);
      const std::int64_t width = in[0].shape[1];
      for (std::int64_t i = 0; i < in[0].shape.elements(); ++i) {
        float sum = bias[i % width];
        for (std::int64_t j = 0; j < in[1].shape[1]; ++j) {
          sum += floats(in[1])[i / width * in[1].shape[1] + j] * kernel[j * width + i % width];
        }
        const float gated = floats(in[0])[i] / (1.0F + std::exp(-sum));
        floats(out[0])[i] = gated;
        static_cast<std::int32_t*>(out[1].data)[i] = gated > 0 ? 1 : 0;
      }
    };
  };
  return {infer, prepare};
}

/// x - mean(x) over the batch.
CustomLayer centre(bool mixes_samples) {
  const auto prepare = [](const LayerDescription&, std::span<const TensorSpec>,
                          std::span<const TensorSpec>) -> CustomLayer::Compute {
    return [](std::span<const TensorView> in, std::span<const MutableTensorView> out) {
      const std::int64_t rows = in[0].shape[0];
      const std::int64_t width = in[0].shape[1];
      for (std::int64_t column = 0; column < width; ++column) {
        float sum = 0;
        for (std::int64_t i = 0; i < rows; ++i) sum += floats(in[0])[i * width + column];
        for (std::int64_t i = 0; i < rows; ++i) {
          const std::int64_t at = i * width + column;
          floats(out[0])[at] = floats(in[0])[at] - sum / static_cast<float>(rows);
        }
      }
    };
  };
  return {like_the_input, prepare, mixes_samples};
}

/// A layer whose function is `run`.
CustomLayer calling(CustomLayer::Compute run) {
  return {like_the_input, [run](const LayerDescription&, std::span<const TensorSpec>,
                                std::span<const TensorSpec>) { return run; }};
}

Model load(const std::string& name, CustomLayers layers) {
  return Model::load(std::filesystem::path(custom_file(name)), {std::move(layers)});
}

void expect_near(const std::vector<std::byte>& bytes, const TensorView& expected) {
  ASSERT_EQ(bytes.size(), expected.bytes());
  if (expected.dtype == DType::kInt32) {
    EXPECT_EQ(std::memcmp(bytes.data(), expected.data, bytes.size()), 0);
    return;
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_NEAR(values[i], floats(expected)[i], 1e-5F) << i;
  }
}

void expect_kerass_answers(const std::string& name, Session& session) {
  const auto source = open_source(custom_file(name) + ".npz");
  const auto tensors = keras_tensors(*source);
  std::vector<TensorView> inputs;
  for (const TensorSpec& input : session.model().inputs()) {
    inputs.push_back(tensors.at(input.name));
  }
  const Outputs outputs = predict(session, inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    SCOPED_TRACE(session.model().outputs()[i].name);
    expect_near(outputs[i], tensors.at(session.model().outputs()[i].name));
  }
}

SessionOptions with(ExecutionMode mode, std::size_t threads, std::size_t micro_batch) {
  SessionOptions options{.batch_size = kRows, .threads = threads};
  options.mode = mode;
  options.micro_batch = micro_batch;
  return options;
}

TEST(CustomLayer, OfASequentialModelGivesWhatKerasGives) {
  const Model model = load("sequential.keras", {{"Squash", squash()}});
  for (const std::size_t micro_batch : {1, 3, 16}) {
    Session latency(model, with(ExecutionMode::kLatency, 2, micro_batch));
    expect_kerass_answers("sequential", latency);
    Session throughput(model, with(ExecutionMode::kThroughput, 3, micro_batch));
    expect_kerass_answers("sequential", throughput);
  }
}

class Functional : public ::testing::TestWithParam<const char*> {};

/// Shared, nested, with several inputs and outputs, and with a layer inside.
TEST_P(Functional, GivesWhatKerasGives) {
  const Model model = load(GetParam(), {{"mine>Squash", squash()}, {"Gate", gate()}});
  EXPECT_TRUE(model.has_custom_layers());
  Session session(model, {.batch_size = kRows, .threads = 2});
  expect_kerass_answers("functional", session);
}

INSTANTIATE_TEST_SUITE_P(CustomLayer, Functional,
                         ::testing::Values("functional.keras", "functional.h5"));

TEST(CustomLayer, TakesAxesThatAreFree) {
  const Model model = load("free.keras", {{"Squash", squash()}});
  EXPECT_EQ(model.outputs()[0].shape, (Shape{Shape::kFree, Shape::kFree, 2}));
  Session session(model, {.batch_size = kRows, .threads = 1});
  expect_kerass_answers("free", session);
}

TEST(CustomLayer, GivesWhatKerasGivesWithStreamedWeights) {
  const Model model = load("sequential.keras", {{"Squash", squash()}});
  Session session(model, {.threads = 1, .weights = WeightsMode::kStream});
  expect_kerass_answers("sequential", session);
}

TEST(CustomLayer, ThatMixesSamplesIsPredictedWhole) {
  const Model model = load("mixing.keras", {{"Centre", centre(true)}});
  Session session(model, {.batch_size = kRows, .threads = 2});
  EXPECT_EQ(session.plan().mode, ExecutionMode::kWhole);
  EXPECT_THAT(session.plan().mode_reason, HasSubstr("'y'"));
  expect_kerass_answers("mixing", session);
}

TEST(CustomLayer, ComesBeforeALayerOfWeirsOwn) {
  const auto sum_of_the_row = [](std::span<const TensorView> in,
                                 std::span<const MutableTensorView> out) {
    const std::int64_t width = in[0].shape[1];
    for (std::int64_t row = 0; row < in[0].shape[0]; ++row) {
      const float* x = floats(in[0]) + row * width;
      const float sum = std::accumulate(x, x + width, 0.0F);
      for (std::int64_t i = 0; i < width; ++i) floats(out[0])[row * width + i] = x[i] + sum;
    }
  };
  const Model model = load("namesake.keras", {{"mine>Dense", calling(sum_of_the_row)}});
  Session session(model, {.threads = 1});
  expect_kerass_answers("namesake", session);
}

/// Silence would be the wrong answers of Keras's layer.
TEST(CustomLayer, WithTheNameOfOneOfKerassIsNotTakenForIt) {
  try {
    load("namesake.keras", {});
    ADD_FAILURE() << "it was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("mine>Dense"));
  }
}

TEST(CustomLayer, OfAnotherPackageIsNotTaken) {
  EXPECT_THROW(load("sequential.keras", {{"other>Squash", squash()}}), Error);
}

TEST(CustomLayer, IsSaidToBeSomebodysWhereItIsNotRegistered) {
  try {
    load("sequential.keras", {});
    ADD_FAILURE() << "it was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_EQ(error.place().layer, "squash");
    EXPECT_THAT(error.what(), HasSubstr("may register a function"));
  }
  EXPECT_FALSE(Model::load(std::filesystem::path(custom_file("../keras/models/chain.h5")))
                   .has_custom_layers());
}

TEST(CustomLayer, IsPlanned) {
  const Model model = load("sequential.keras", {{"Squash", squash()}});
  const MemoryPlan plan = model.plan({.threads = 1, .micro_batch = 1});
  const auto made = std::ranges::find(plan.tensors, "squash", &PlannedTensor::name);
  ASSERT_NE(made, plan.tensors.end());
  EXPECT_EQ(made->bytes, 7 * sizeof(float));
  EXPECT_EQ(std::ranges::count(plan.steps, "custom", &PlannedStep::kind), 1);
  EXPECT_THAT(model.summary().unsupported, "");
}

TEST(CustomLayer, AllocatesNothingInAPreparedStep) {
  const Model model = load("functional.keras", {{"Squash", squash()}, {"Gate", gate()}});
  const auto source = open_source(custom_file("functional.npz"));
  const auto tensors = keras_tensors(*source);
  Session session(model, {.threads = 1});
  Request request(session, {tensors.at("left"), tensors.at("right")});
  request.run(session);
  const std::uint64_t before = allocation_count();
  request.run(session);
  EXPECT_EQ(allocation_count(), before);
}

struct OwnError {};

class Failing : public ::testing::TestWithParam<ExecutionMode> {};

TEST_P(Failing, ThrowsItsOwnErrorAndCanRunAgain) {
  std::atomic<bool> fails = true;
  const auto run = [&fails](std::span<const TensorView> in,
                            std::span<const MutableTensorView> out) {
    if (fails) throw OwnError{};
    std::memcpy(out[0].data, in[0].data, in[0].bytes());
  };
  const Model model = load("sequential.keras", {{"Squash", calling(run)}});
  Session session(model, with(GetParam(), 2, 4));
  const std::vector<float> x(kRows * 5, 0.5F);
  Request request(session, {{x.data(), DType::kFloat32, {kRows, 5}}});
  EXPECT_THROW(request.run(session), OwnError);
  fails = false;
  EXPECT_NO_THROW(request.run(session));
}

INSTANTIATE_TEST_SUITE_P(CustomLayer, Failing,
                         ::testing::Values(ExecutionMode::kLatency, ExecutionMode::kThroughput),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(CustomLayer, NamesItselfInAWeirError) {
  const auto run = [](auto, auto) { throw Error(ErrorCode::kInvalidArgument, "no such thing"); };
  const Model model = load("sequential.keras", {{"Squash", calling(run)}});
  Session session(model, {.threads = 1});
  const std::vector<float> x(5, 0.5F);
  Request request(session, {{x.data(), DType::kFloat32, {1, 5}}});
  try {
    request.run(session);
    ADD_FAILURE() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.place().layer, "squash");
  }
}

class WrongOutput : public ::testing::TestWithParam<std::vector<TensorSpec>> {};

TEST_P(WrongOutput, IsRefusedWithTheLayersName) {
  CustomLayer layer = squash();
  layer.infer = [](const LayerDescription&, std::span<const TensorSpec>) { return GetParam(); };
  try {
    load("sequential.keras", {{"Squash", layer}});
    ADD_FAILURE() << "it was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.place().layer, "squash");
  }
}

INSTANTIATE_TEST_SUITE_P(CustomLayer, WrongOutput,
                         ::testing::Values(std::vector<TensorSpec>{},
                                           std::vector<TensorSpec>{{"", DType::kFloat64, {2, 7}}},
                                           std::vector<TensorSpec>{
                                               {"", DType::kFloat32, {2, Shape::kFree}}},
                                           std::vector<TensorSpec>{{"", DType::kFloat32, {5, 7}}},
                                           std::vector<TensorSpec>{{"", DType::kFloat32, {}}}),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

}  // namespace
}  // namespace weir::testing
