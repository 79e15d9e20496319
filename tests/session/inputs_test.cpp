#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/prediction.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

/// A golden model with room for a few rows of its first output.
class Loaded {
 public:
  explicit Loaded(const GoldenName& name, const SessionOptions& options = {.threads = 2})
      : golden_(read_golden(name)),
        model_(Model::load(golden_.model.bytes, golden_.name)),
        session_(model_, options) {}

  const GoldenCase& golden() const { return golden_; }
  Session& session() { return session_; }
  Outputs expected() { return predict(session_, views(in_order(golden_.inputs, model_.inputs()))); }

  /// The message of the error that a request is; "" when it is none.
  std::string refusal(const std::vector<TensorView>& inputs) {
    try {
      predict(session_, inputs);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(error.place().file, golden_.name) << error.what();
      return error.what();
    }
  }

 private:
  GoldenCase golden_;
  Model model_;
  Session session_;
};

const GoldenName kDense{"models", "sequential_with_input"};
const std::vector<float> kZeros(1000, 0.0F);

TensorView floats(const Shape& shape) { return {kZeros.data(), DType::kFloat32, shape}; }

TEST(Inputs, OfTheWrongShapeAreRefusedWithWhatIsWanted) {
  Loaded loaded(kDense);
  EXPECT_THAT(loaded.refusal({floats({2, 7})}), HasSubstr("(None, 6), but is given (2, 7)"));
  EXPECT_THAT(loaded.refusal({floats({6})}), HasSubstr("the first axis is the batch"));
  EXPECT_THAT(loaded.refusal({floats({})}), HasSubstr("(None, 6)"));
  EXPECT_THAT(loaded.refusal({floats({2, 6, 2})}), HasSubstr("(2, 6, 2)"));
  EXPECT_THAT(loaded.refusal({floats({2, 0})}), HasSubstr("(2, 0)"));
  EXPECT_THAT(loaded.refusal({floats({Shape::kFree, 6})}), HasSubstr("(None, 6)"));
  EXPECT_EQ(loaded.refusal({floats({2, 6})}), "");
}

TEST(Inputs, OfTheWrongNumberAreRefused) {
  Loaded loaded(kDense);
  EXPECT_THAT(loaded.refusal({}), HasSubstr("has 1 inputs, but is given 0"));
  EXPECT_THAT(loaded.refusal({floats({2, 6}), floats({2, 6})}), HasSubstr("given 2"));
}

TEST(Inputs, OfDifferentNumbersOfRowsAreRefused) {
  Loaded loaded({"models", "several_inputs_and_outputs"});
  EXPECT_THAT(loaded.refusal({floats({2, 4}), floats({3, 3}), floats({2, 2})}),
              HasSubstr("has 3 rows, but 'a' has 2"));
}

TEST(Inputs, MayHaveALastAxisOfOneTooManyOrTooFew) {
  Loaded vectors(kDense);
  EXPECT_EQ(vectors.refusal({floats({2, 6, 1})}), "");
  Loaded images({"models", "sequential_convolutional"});
  const std::vector<TensorView> whole = views(images.golden().inputs);
  std::vector<TensorView> flat = whole;
  flat[0].shape = {3, 10, 10};
  EXPECT_EQ(predict(images.session(), flat), predict(images.session(), whole));
}

TEST(Inputs, OfNoRowsGiveOutputsOfNoRows) {
  Loaded loaded(kDense);
  const std::vector<Shape> shapes = loaded.session().output_shapes(std::vector<Shape>{{0, 6}});
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_EQ(shapes[0][0], 0);
  EXPECT_EQ(predict(loaded.session(), {floats({0, 6})}), Outputs{{}});
}

TEST(Inputs, LeaveTheSessionUsableWhenTheyAreRefused) {
  Loaded loaded(kDense);
  const Outputs before = loaded.expected();
  EXPECT_NE(loaded.refusal({floats({2, 7})}), "");
  EXPECT_EQ(loaded.expected(), before);
}

TEST(Inputs, MayBeOfAnyNumericType) {
  Loaded loaded(kDense);
  const std::vector<float> as_float{0, 1, 2, 3, 4, 100};
  const Outputs expected = predict(loaded.session(), {{as_float.data(), DType::kFloat32, {1, 6}}});
  const auto expect_same = [&](DType dtype, const auto& values) {
    EXPECT_EQ(predict(loaded.session(), {{values.data(), dtype, {1, 6}}}), expected)
        << to_string(dtype);
  };
  expect_same(DType::kFloat64, std::vector<double>{0, 1, 2, 3, 4, 100});
  expect_same(DType::kUInt8, std::vector<std::uint8_t>{0, 1, 2, 3, 4, 100});
  expect_same(DType::kInt64, std::vector<std::int64_t>{0, 1, 2, 3, 4, 100});
  expect_same(DType::kFloat16,
              std::vector<std::uint16_t>{0, 0x3C00, 0x4000, 0x4200, 0x4400, 0x5640});
}

TEST(Inputs, WithNaNGiveNaNInTheirOwnRowOnly) {
  Loaded loaded(kDense);
  std::vector<float> rows(12, 1.0F);
  rows[3] = std::numeric_limits<float>::quiet_NaN();
  Request request(loaded.session(), {{rows.data(), DType::kFloat32, {2, 6}}});
  request.run(loaded.session());
  const std::vector<float> outputs = request.floats();
  const std::size_t half = outputs.size() / 2;
  EXPECT_TRUE(std::isnan(outputs[0]));
  for (std::size_t i = half; i < outputs.size(); ++i) EXPECT_FALSE(std::isnan(outputs[i]));
}

TEST(Outputs, OfTheWrongTypeShapeOrNumberAreRefused) {
  Loaded loaded(kDense);
  std::vector<float> room(1000);
  const std::vector<TensorView> inputs{floats({2, 6})};
  Shape shape = loaded.session().output_shapes(std::vector<Shape>{{2, 6}})[0];
  const auto run = [&](const std::vector<MutableTensorView>& targets) {
    loaded.session().run(inputs, targets);
  };
  EXPECT_NO_THROW(run({{room.data(), DType::kFloat32, shape}}));
  EXPECT_THROW(run({}), Error);
  EXPECT_THROW(run({{room.data(), DType::kFloat64, shape}}), Error);
  shape[0] = 3;
  EXPECT_THROW(run({{room.data(), DType::kFloat32, shape}}), Error);
}

TEST(Indices, OutOfRangeAreRefusedAndTheSessionWorksAfterwards) {
  Loaded loaded({"embedding", "embedding"});
  const Outputs before = loaded.expected();
  for (const std::int32_t wild : {-1000, 1000, std::numeric_limits<std::int32_t>::max()}) {
    const std::vector<std::int32_t> indices{0, 1, wild, 1, 0};
    const std::string refusal = loaded.refusal({{indices.data(), DType::kInt32, {1, 5}}});
    EXPECT_THAT(refusal, HasSubstr(std::to_string(wild)));
    EXPECT_THAT(refusal, HasSubstr("layer 'embedding'"));
    EXPECT_EQ(loaded.expected(), before);
  }
}

TEST(Indices, BeyondInt32StayOutOfRange) {
  Loaded loaded({"embedding", "embedding"});
  const std::vector<std::int64_t> indices{0, 1, (std::int64_t{1} << 32) + 1, 1, 0};
  EXPECT_NE(loaded.refusal({{indices.data(), DType::kInt64, {1, 5}}}), "");
}

}  // namespace
}  // namespace weir::testing
