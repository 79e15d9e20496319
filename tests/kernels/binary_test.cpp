#include "kernels/reference/binary.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "kernels/reference/unary.h"
#include "products_testing.h"
#include "weir/error.h"

namespace weir::kernels {
namespace {

using testing::ElementsAre;

/// Where element `index` of the output reads an operand: worked out axis by axis.
std::size_t operand_index(const Shape& operand, const Shape& out, std::size_t index) {
  std::size_t result = 0;
  std::size_t stride = 1;
  const std::size_t missing = out.rank() - operand.rank();
  for (std::size_t axis = out.rank(); axis-- > 0;) {
    const auto size = static_cast<std::size_t>(out[axis]);
    if (axis >= missing) {
      const auto own = static_cast<std::size_t>(operand[axis - missing]);
      result += own == 1 ? 0 : index % size * stride;
      stride *= own;
    }
    index /= size;
  }
  return result;
}

struct Pair {
  Shape a;
  Shape b;
};

const Pair kPairs[] = {
    {{7}, {7}},
    {{2, 3, 5}, {2, 3, 5}},
    {{300, 333}, {300, 333}},
    {{2, 5, 5, 19}, {2, 1, 1, 19}},
    {{2, 1, 1, 19}, {2, 5, 5, 19}},
    {{4, 33}, {33}},
    {{4, 33}, {4, 1}},
    {{4, 33}, {}},
    {{1}, {3, 8}},
    {{3, 1, 4}, {1, 5, 1}},
    {{2, 1, 3, 1, 5}, {1, 4, 1, 6, 1}},
    {{2, 3, 1, 1}, {1, 1, 2, 2}},
    {{1, 1}, {1}},
};

std::vector<float> expected(BinaryKind kind, const Pair& pair, const Shape& out,
                            const std::vector<float>& a, const std::vector<float>& b,
                            const Unary& activation) {
  std::vector<float> y(static_cast<std::size_t>(out.elements()));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float left = a[operand_index(pair.a, out, i)];
    const float right = b[operand_index(pair.b, out, i)];
    y[i] = reference::apply_unary(reference::apply_binary(kind, left, right), activation);
  }
  return y;
}

std::vector<float> positive(std::size_t count, unsigned seed) {
  std::vector<float> values = random_floats(count, seed);
  for (float& value : values) value = std::abs(value) + 0.1F;
  return values;
}

constexpr BinaryKind kKinds[] = {
    BinaryKind::kAdd,    BinaryKind::kSubtract,          BinaryKind::kMultiply,
    BinaryKind::kDivide, BinaryKind::kMaximum,           BinaryKind::kMinimum,
    BinaryKind::kPower,  BinaryKind::kSquaredDifference, BinaryKind::kFloorDivide,
    BinaryKind::kMod,    BinaryKind::kArctan2,           BinaryKind::kPrelu};

TEST(Binary, BroadcastsEveryKindAsTheReference) {
  for_each_isa([] {
    for (const Pair& pair : kPairs) {
      const Shape out = broadcast_shape(std::array{pair.a, pair.b});
      SCOPED_TRACE(to_string(pair.a) + " with " + to_string(pair.b));
      const auto a = positive(static_cast<std::size_t>(pair.a.elements()), 1);
      const auto b = positive(static_cast<std::size_t>(pair.b.elements()), 2);
      const Broadcast shape = make_broadcast(std::array{pair.a, pair.b}, out);
      for (const BinaryKind kind : kKinds) {
        std::vector<float> y(static_cast<std::size_t>(out.elements()));
        binary(kind, shape, a.data(), b.data(), y.data(), relu(), *test_pools()[1]);
        EXPECT_EQ(y, expected(kind, pair, out, a, b, relu())) << static_cast<int>(kind);
        std::vector<float> by_rows(y.size());
        reference::binary(kind, shape, a.data(), b.data(), by_rows.data(), relu());
        EXPECT_EQ(y, by_rows) << static_cast<int>(kind);
      }
    }
  });
}

TEST(Binary, WritesOverAnOperandThatIsNotBroadcast) {
  const Pair pair{{6, 21}, {21}};
  const Broadcast shape = make_broadcast(std::array{pair.a, pair.b}, pair.a);
  std::vector<float> a = random_floats(6 * 21, 1);
  const std::vector<float> b = random_floats(21, 2);
  const auto y = expected(BinaryKind::kSubtract, pair, pair.a, a, b, {});
  binary(BinaryKind::kSubtract, shape, a.data(), b.data(), a.data(), {}, *test_pools()[0]);
  EXPECT_EQ(a, y);
}

TEST(Binary, LetsNaNThroughExtremes) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> a{nan, 1.0F, 2.0F};
  const std::vector<float> b{1.0F, nan, 3.0F};
  const Broadcast shape = make_broadcast(std::array{Shape{3}, Shape{3}}, Shape{3});
  for (const BinaryKind kind : {BinaryKind::kMaximum, BinaryKind::kMinimum}) {
    std::vector<float> y(3);
    binary(kind, shape, a.data(), b.data(), y.data(), {}, *test_pools()[0]);
    EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]) && !std::isnan(y[2]));
  }
}

std::vector<std::int32_t> integers(BinaryKind kind, const std::vector<std::int32_t>& a,
                                   const std::vector<std::int32_t>& b) {
  const Shape all{static_cast<std::int64_t>(a.size())};
  std::vector<std::int32_t> y(a.size());
  binary(kind, make_broadcast(std::array{all, all}, all), a.data(), b.data(), y.data(),
         *test_pools()[0]);
  return y;
}

TEST(Binary, DividesWholeNumbersTowardsTheFloorLikePython) {
  const std::vector<std::int32_t> a{7, -7, 7, -7, 6, 5};
  const std::vector<std::int32_t> b{3, 3, -3, -3, 3, 0};
  EXPECT_THAT(integers(BinaryKind::kFloorDivide, a, b), ElementsAre(2, -3, -3, 2, 2, 0));
  EXPECT_THAT(integers(BinaryKind::kMod, a, b), ElementsAre(1, 2, -2, -1, 0, 0));
}

TEST(Binary, WrapsWholeNumbersThatOverflow) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  EXPECT_THAT(integers(BinaryKind::kAdd, {kMax}, {1}), ElementsAre(kMin));
  EXPECT_THAT(integers(BinaryKind::kFloorDivide, {kMin}, {-1}), ElementsAre(kMin));
  EXPECT_THAT(integers(BinaryKind::kPower, {3, -2, 2}, {4, 3, 31}), ElementsAre(81, -8, kMin));
}

TEST(Compare, KnowsEveryRelation) {
  const std::vector<float> a{1, 2, 3};
  const std::vector<float> b{2, 2, 2};
  const Broadcast shape = make_broadcast(std::array{Shape{3}, Shape{3}}, Shape{3});
  const auto run = [&](ComparisonKind kind) {
    std::array<bool, 3> y{};
    compare(kind, shape, a.data(), b.data(), y.data(), *test_pools()[0]);
    return y;
  };
  EXPECT_THAT(run(ComparisonKind::kEqual), ElementsAre(false, true, false));
  EXPECT_THAT(run(ComparisonKind::kNotEqual), ElementsAre(true, false, true));
  EXPECT_THAT(run(ComparisonKind::kLess), ElementsAre(true, false, false));
  EXPECT_THAT(run(ComparisonKind::kLessEqual), ElementsAre(true, true, false));
  EXPECT_THAT(run(ComparisonKind::kGreater), ElementsAre(false, false, true));
  EXPECT_THAT(run(ComparisonKind::kGreaterEqual), ElementsAre(false, true, true));
}

TEST(Select, BroadcastsItsCondition) {
  const std::array<bool, 2> condition{true, false};
  const std::vector<float> a{1, 2, 3, 4};
  const std::vector<float> b{-1};
  const Shape out{2, 2};
  const Broadcast shape = make_broadcast(std::array{Shape{2, 1}, out, Shape{}}, out);
  std::vector<float> y(4);
  select(shape, condition.data(), a.data(), b.data(), y.data(), *test_pools()[0]);
  EXPECT_THAT(y, ElementsAre(1, 2, -1, -1));
}

TEST(BroadcastShape, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(broadcast_shape(std::array{Shape{2, 1, 4}, Shape{3, 1}}), (Shape{2, 3, 4}));
  EXPECT_THROW(static_cast<void>(broadcast_shape(std::array{Shape{2, 3}, Shape{2, 4}})), Error);
}

TEST(Broadcast, JoinsAxesThatAreWalkedAsOne) {
  const Shape image{2, 5, 5, 19};
  EXPECT_EQ(make_broadcast(std::array{image, image}, image).outer_axes, 0U);
  const Broadcast gate = make_broadcast(std::array{image, Shape{2, 1, 1, 19}}, image);
  EXPECT_EQ(gate.outer_axes, 2U);
  EXPECT_EQ(gate.sizes[1], 25U);
  EXPECT_EQ(gate.row_length, 19U);
}

}  // namespace
}  // namespace weir::kernels
