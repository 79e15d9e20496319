#include "ops/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "ops/operation_testing.h"
#include "weir/error.h"

namespace weir::ops {
namespace {

using testing::constant;
using ::testing::ElementsAre;
using testing::run_on;

graph::OperationPtr small_table(NegativeRow negative = NegativeRow::kIsNone) {
  return make_lookup(constant("embedding/0", {{3, 2}, {0, 1, 10, 11, 20, 21}}), negative);
}

template <typename Index>
std::vector<float> look_up(const graph::Operation& operation, DType dtype,
                           const std::vector<Index>& indices) {
  graph::PackedWeights weights;
  const Shape shape{1, static_cast<std::int64_t>(indices.size())};
  return run_on<Index>(operation, {{dtype, shape}}, {indices}, weights);
}

TEST(Lookup, GivesARowForEachIndex) {
  EXPECT_THAT(look_up<std::int32_t>(*small_table(), DType::kInt32, {2, 0, 2}),
              ElementsAre(20, 21, 0, 1, 20, 21));
  EXPECT_EQ(testing::output_shape(*small_table(), {5, 7}), (Shape{5, 7, 2}));
}

TEST(Lookup, TruncatesFloatIndices) {
  EXPECT_THAT(look_up<float>(*small_table(), DType::kFloat32, {1.9F, -0.5F}),
              ElementsAre(10, 11, 0, 1));
}

TEST(Lookup, CountsNegativeIndicesFromTheEnd) {
  const auto table = small_table(NegativeRow::kCountsFromEnd);
  EXPECT_THAT(look_up<std::int32_t>(*table, DType::kInt32, {-1, 2, -3}),
              ElementsAre(20, 21, 20, 21, 0, 1));
  EXPECT_THAT(look_up<float>(*table, DType::kFloat32, {-3.5F, -0.5F}), ElementsAre(0, 1, 0, 1));
  for (const std::int32_t index : {-4, 3, std::numeric_limits<std::int32_t>::min()}) {
    EXPECT_THROW(look_up<std::int32_t>(*table, DType::kInt32, {0, index}), Error);
  }
  for (const float index : {-4.0F, -1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THROW(look_up<float>(*table, DType::kFloat32, {0, index}), Error);
  }
}

TEST(Lookup, ThrowsForWhatIsNoRow) {
  for (const std::int32_t index : {-1, 3, std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_THROW(look_up<std::int32_t>(*small_table(), DType::kInt32, {0, index}), Error);
  }
  for (const float index : {-1.0F, 3.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THROW(look_up<float>(*small_table(), DType::kFloat32, {0, index}), Error);
  }
  try {
    look_up<std::int32_t>(*small_table(), DType::kInt32, {7});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("row 7"));
  }
}

TEST(Lookup, InPartsGivesTheSameRows) {
  constexpr std::int64_t kRows = 5000;
  constexpr std::int64_t kColumns = 300;
  const auto table = testing::random_tensor({kRows, kColumns}, 1);
  const auto operation = make_lookup(constant("embedding/0", table), NegativeRow::kIsNone);
  const std::vector<std::int32_t> indices = {0, kRows - 1, 873, 874, 2500, 0};
  graph::PackedWeights weights;
  const std::vector<graph::ValueType> inputs = {{DType::kInt32, {1, 6}}};
  const auto step = operation->prepare({inputs, operation->infer(inputs), 2, weights});
  ASSERT_EQ(step->parts(), 6U);
  std::vector<float> out(6 * kColumns, -1);
  const std::array<const std::byte*, 1> from = {reinterpret_cast<const std::byte*>(indices.data())};
  const std::array<std::byte*, 1> to = {reinterpret_cast<std::byte*>(out.data())};
  std::size_t bytes = 0;
  for (std::size_t part = 0; part < step->parts(); ++part) {
    step->run_part(part, {from, to, nullptr, ThreadPool(2)});
    bytes += step->weights(part).at(0).bytes.size();
  }
  EXPECT_EQ(bytes, kRows * kColumns * sizeof(float)) << "every row is in one part";
  EXPECT_EQ(out, look_up<std::int32_t>(*operation, DType::kInt32, indices));
}

TEST(Lookup, ReadsAFloatTableInPlaceAndConvertsOthers) {
  EXPECT_EQ(small_table()->packed_bytes(), 0U);
  auto bytes = std::make_shared<const std::vector<std::int8_t>>(std::vector<std::int8_t>{1, 2, 3});
  const auto operation =
      make_lookup({"embedding/0", DType::kInt8, {3, 1}, {std::as_bytes(std::span(*bytes)), bytes}},
                  NegativeRow::kIsNone);
  EXPECT_EQ(operation->packed_bytes(), 3 * sizeof(float));
  EXPECT_THAT(look_up<std::int32_t>(*operation, DType::kInt32, {2, 1}), ElementsAre(3, 2));
}

TEST(Lookup, WithoutValuesGivesZeros) {
  const auto operation =
      make_lookup({"embedding/0", DType::kFloat32, {3, 2}, {}}, NegativeRow::kIsNone);
  EXPECT_THAT(look_up<std::int32_t>(*operation, DType::kInt32, {2}), ElementsAre(0, 0));
}

}  // namespace
}  // namespace weir::ops
