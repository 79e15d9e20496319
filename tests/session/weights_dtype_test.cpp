#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "support/prediction.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

constexpr DType kSmallTypes[] = {DType::kBFloat16, DType::kInt8};

class WeightsDtype : public ::testing::Test {
 protected:
  WeightsDtype()
      : golden_(read_golden({"models", "tiny_resnet"})),
        model_(Model::load(golden_.model.bytes, golden_.name)),
        inputs_(views(in_order(golden_.inputs, model_.inputs()))) {}

  std::vector<float> predict_floats(const SessionOptions& options) const {
    Session session(model_, options);
    Request request(session, inputs_);
    request.run(session);
    return request.floats();
  }

  GoldenCase golden_;
  Model model_;
  std::vector<TensorView> inputs_;
};

TEST_F(WeightsDtype, DecidesHowLargeWeightsAre) {
  const auto bytes = [&](DType dtype) {
    return static_cast<double>(model_.plan({.weights_dtype = dtype}).weights_bytes);
  };
  // Biases stay floats, and a column of int8 has its step.
  EXPECT_LT(bytes(DType::kBFloat16), 0.6 * bytes(DType::kFloat32));
  EXPECT_LT(bytes(DType::kInt8), 0.4 * bytes(DType::kFloat32));
}

TEST_F(WeightsDtype, IsPlannedAsItIsPacked) {
  for (const DType dtype : kSmallTypes) {
    const SessionOptions options{.threads = 2, .weights_dtype = dtype};
    // Of its own: weights of all sessions of a model count together.
    const Model model = Model::load(golden_.model.bytes, golden_.name);
    const MemoryPlan planned = model.plan(options);
    const Session session(model, options);
    EXPECT_EQ(session.plan().weights_bytes, planned.weights_bytes);
    EXPECT_EQ(session.plan().arena_bytes, planned.arena_bytes);
    EXPECT_EQ(session.plan().weights_dtype, dtype);
  }
}

TEST_F(WeightsDtype, CostsAccuracyInSteps) {
  const std::vector<float> exact = predict_floats({.threads = 1});
  const float largest =
      std::abs(*std::ranges::max_element(exact, {}, [](float x) { return std::abs(x); }));
  for (const auto& [dtype, tolerance] :
       {std::pair(DType::kBFloat16, 0.02F), std::pair(DType::kInt8, 0.05F)}) {
    const std::vector<float> rounded = predict_floats({.threads = 1, .weights_dtype = dtype});
    EXPECT_NE(rounded, exact);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      EXPECT_NEAR(rounded[i], exact[i], tolerance * largest) << to_string(dtype);
    }
  }
}

TEST_F(WeightsDtype, OfACompiledFileIsThere) {
  std::string name = std::filesystem::temp_directory_path() / "weir-dtype-XXXXXX";
  const std::filesystem::path folder = mkdtemp(name.data());
  for (const DType dtype : kSmallTypes) {
    const SessionOptions options{.threads = 2, .weights_dtype = dtype};
    const std::filesystem::path file = folder / "m.weir";
    model_.save_compiled(file, options);
    Session expected(model_, options);
    Session compiled(Model::load(file), options);
    EXPECT_EQ(predict(compiled, inputs_), predict(expected, inputs_));
    // Nothing is packed: what is in the file is mapped.
    EXPECT_EQ(compiled.plan().packing_bytes, 0U) << to_string(dtype);
    // Weights of another type are packed from the Keras file.
    Session floats(Model::load(file), {.threads = 2});
    Session as_floats(model_, {.threads = 2});
    EXPECT_EQ(predict(floats, inputs_), predict(as_floats, inputs_));
  }
  std::filesystem::remove_all(folder);
}

TEST(WeightsDtypeOfQuantisedModel, LosesNothing) {
  std::size_t models = 0;
  for (const GoldenName& name : golden_names()) {
    if (name.family != "wrapped_weights" || !name.name.starts_with("int8_")) continue;
    ++models;
    const GoldenCase golden = read_golden(name);
    const Model model = Model::load(golden.model.bytes, golden.name);
    const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
    Session exact(model, {.threads = 1});
    Session kept(model, {.threads = 1, .weights_dtype = DType::kInt8});
    EXPECT_EQ(predict(kept, inputs), predict(exact, inputs)) << golden.name;
  }
  EXPECT_GT(models, 0U);
}

TEST_F(WeightsDtype, IsOneOfThree) {
  for (const DType dtype : {DType::kFloat16, DType::kFloat64, DType::kInt32}) {
    try {
      model_.plan({.weights_dtype = dtype});
      ADD_FAILURE() << to_string(dtype);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

class WeightsDtypeOfGolden : public ::testing::TestWithParam<GoldenName> {};

TEST_P(WeightsDtypeOfGolden, GivesTheSameBitsForAnyBatchSizeThreadsAndResidence) {
  const GoldenCase golden = read_golden(GetParam());
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(in_order(golden.inputs, model.inputs()));
  const auto is_text = [](const TensorSpec& output) { return output.dtype == DType::kString; };
  if (std::ranges::any_of(model.outputs(), is_text)) return;  // Views of each session's own texts.
  const auto predict_with = [&](SessionOptions options) {
    options.row_shapes = row_shapes(inputs);
    options.precision = Precision::kStrict;  // As it is where weights are streamed.
    Session session(model, options);
    return predict(session, inputs);
  };
  EXPECT_TRUE(
      predict_with({.threads = 2, .weights_dtype = DType::kBFloat16}) ==
      predict_with(
          {.threads = 3, .weights = WeightsMode::kStream, .weights_dtype = DType::kBFloat16}));
  // Rows that depend on each other do so in Keras, too.
  if (model.plan({.row_shapes = row_shapes(inputs)}).mode == ExecutionMode::kWhole) return;
  EXPECT_TRUE(predict_with({.threads = 2, .weights_dtype = DType::kInt8}) ==
              predict_with({.batch_size = 1, .threads = 1, .weights_dtype = DType::kInt8}));
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, WeightsDtypeOfGolden, ::testing::ValuesIn(golden_names()),
                         golden_test_name);

}  // namespace
}  // namespace weir::testing
