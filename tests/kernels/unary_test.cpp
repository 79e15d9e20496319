#include "kernels/reference/unary.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "base/denormals.h"
#include "kernels/unary_map.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNegligible = 2e-36F;  // Some denormal numbers are zeros, in products with x too.

const ThreadPool& pool() { return *test_pools()[1]; }

float apply(const Unary& u, float x) {
  float y = 0.0F;
  unary_map(&x, &y, 1, u, pool());
  return y;
}

std::vector<float> apply(const Unary& u, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  unary_map(x.data(), y.data(), x.size(), u, pool());
  return y;
}

/// Dense around 0, over both tails, and at every power of two.
std::vector<float> samples() {
  std::vector<float> x;
  for (int i = -40000; i <= 40000; ++i) x.push_back(static_cast<float>(i) * 0.0005F);
  for (int i = -1200; i <= 1200; ++i) x.push_back(static_cast<float>(i) * 0.1F + 0.003F);
  for (int exponent = -148; exponent <= 127; ++exponent) {
    for (const float factor : {1.0F, -1.0F, 1.37F, -1.37F}) {
      x.push_back(std::ldexp(factor, exponent));
    }
  }
  return x;
}

/// Floats between two finite floats.
std::int64_t ulps(float a, float b) {
  const auto rank = [](float value) {
    const auto bits = std::bit_cast<std::int32_t>(value);
    return bits < 0 ? static_cast<std::int64_t>(std::numeric_limits<std::int32_t>::min()) - bits
                    : static_cast<std::int64_t>(bits);
  };
  return std::abs(rank(a) - rank(b));
}

struct Case {
  const char* name;
  Unary unary;
  std::int64_t ulps = 3;
  float largest = kInfinity;  ///< Where its own arithmetic overflows.
};

void PrintTo(const Case& c, std::ostream* stream) { *stream << c.name; }

class UnaryTest : public testing::TestWithParam<Case> {
  DenormalsGuard as_in_runs_{Denormals::kZeros};
};

void expect_agreement(const Case& test) {
  const std::vector<float> x = samples();
  const std::vector<float> y = apply(test.unary, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float expected = reference::apply_unary(x[i], test.unary);
    if (std::abs(x[i]) > test.largest) continue;
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(y[i])) << "at " << x[i] << " got " << y[i];
    } else if (std::isinf(expected)) {
      EXPECT_EQ(y[i], expected) << "at " << x[i];
    } else if (std::abs(y[i] - expected) >= kNegligible) {
      ASSERT_LE(ulps(y[i], expected), test.ulps)
          << "at " << x[i] << " got " << y[i] << ", expected " << expected;
    }
  }
}

TEST_P(UnaryTest, AgreesWithTheReferenceToAFewUnits) {
  for_each_isa([] { expect_agreement(GetParam()); });
}

/// What becomes of a number that is above no threshold; nothing for functions without one.
std::optional<float> below_threshold(const Unary& unary) {
  switch (unary.kind) {
    case UnaryKind::kThreshold:
      return unary.b;
    case UnaryKind::kHardShrink:
    case UnaryKind::kSoftShrink:
      return 0.0F;
    default:
      return std::nullopt;
  }
}

TEST_P(UnaryTest, KeepsNaN) {
  const float y = apply(GetParam().unary, std::numeric_limits<float>::quiet_NaN());
  if (const std::optional<float> below = below_threshold(GetParam().unary)) {
    EXPECT_EQ(y, *below) << "NaN is above no threshold";
  } else {
    EXPECT_TRUE(std::isnan(y));
  }
}

TEST_P(UnaryTest, TakesInfinitiesAndZeros) {
  for (const float x : {kInfinity, -kInfinity, 0.0F, -0.0F}) {
    const float expected = reference::apply_unary(x, GetParam().unary);
    const float y = apply(GetParam().unary, x);
    EXPECT_TRUE(y == expected || (std::isnan(y) && std::isnan(expected)))
        << "at " << x << " got " << y << ", expected " << expected;
  }
}

TEST_P(UnaryTest, GivesTheSameBitsWhereverAnElementLies) {
  std::vector<float> x;
  for (int i = 0; i < 70; ++i) x.push_back(static_cast<float>(i - 35) * 0.31F);
  for (std::size_t begin = 0; begin < 20; ++begin) {
    for (std::size_t count = 1; begin + count <= x.size(); count += 7) {
      std::vector<float> y(count + 1, 42.0F);
      unary_map(x.data() + begin, y.data(), count, GetParam().unary, pool());
      for (std::size_t i = 0; i < count; ++i) {
        const float alone = apply(GetParam().unary, x[begin + i]);
        EXPECT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(alone));
      }
      EXPECT_EQ(y[count], 42.0F) << "written past the end";
    }
  }
}

const Case kCases[] = {
    {"identity", {UnaryKind::kIdentity}, 0},
    {"relu", relu(), 0},
    {"relu6", relu(0.0F, 0.0F, 6.0F), 0},
    {"leaky_relu", relu(0.2F), 1},
    {"thresholded_relu", relu(0.0F, 1.5F), 0},
    {"general_relu", relu(0.1F, -1.0F, 3.0F), 1},
    {"sigmoid", {UnaryKind::kSigmoid}},
    {"tanh", {UnaryKind::kTanh}},
    {"elu", {UnaryKind::kElu, 1.3F}},
    {"selu", {UnaryKind::kSelu}},
    {"celu", {UnaryKind::kCelu, 0.7F}, 40},  // x / a rounds before the exponential.
    {"softplus", {UnaryKind::kSoftplus}},
    {"softsign", {UnaryKind::kSoftsign}},
    {"silu", {UnaryKind::kSilu}, 4},
    {"gelu", {UnaryKind::kGelu}, 300},           // The argument of erfc rounds; tails only.
    {"gelu_tanh", {UnaryKind::kGeluTanh}, 200},  // So does that of tanh.
    {"mish", {UnaryKind::kMish}, 5},
    {"exp", {UnaryKind::kExp}, 2},
    {"expm1", {UnaryKind::kExpm1}},
    {"log", {UnaryKind::kLog}, 2},
    {"log1p", {UnaryKind::kLog1p}, 2},
    {"log_sigmoid", {UnaryKind::kLogSigmoid}},
    {"hard_sigmoid", {UnaryKind::kHardSigmoid, 0.2F, 0.5F}, 2000},  // Cancels near its zero.
    {"hard_silu", {UnaryKind::kHardSilu}, 2000},
    {"hard_tanh", {UnaryKind::kHardTanh}, 0},
    {"hard_shrink", {UnaryKind::kHardShrink, 0.5F}, 0},
    {"soft_shrink", {UnaryKind::kSoftShrink, 0.5F}, 1},
    {"tanh_shrink", {UnaryKind::kTanhShrink}, 12},
    {"threshold", {UnaryKind::kThreshold, 0.5F, -2.0F}, 0},
    {"sparse_plus", {UnaryKind::kSparsePlus}, 2000},
    {"sparse_sigmoid", {UnaryKind::kSparseSigmoid}, 2000},
    {"squareplus", {UnaryKind::kSquareplus, 4.0F}, 3, 1e18F},
    {"affine", affine(1.7F, -0.3F), 2000},
    {"clip", clip(-1.5F, 2.5F), 0},
    {"abs", {UnaryKind::kAbs}, 0},
    {"negate", {UnaryKind::kNegate}, 0},
    {"square", {UnaryKind::kSquare}, 1},
    {"sqrt", {UnaryKind::kSqrt}, 1},
    {"rsqrt", {UnaryKind::kRsqrt}, 2},
    {"reciprocal", {UnaryKind::kReciprocal}, 1},
    {"sign", {UnaryKind::kSign}, 0},
    {"floor", {UnaryKind::kFloor}, 0},
    {"ceil", {UnaryKind::kCeil}, 0},
    {"round", {UnaryKind::kRound}, 0},
    {"trunc", {UnaryKind::kTrunc}, 0},
    {"sin", {UnaryKind::kSin}, 0},
    {"cos", {UnaryKind::kCos}, 0},
    {"erf", {UnaryKind::kErf}, 3},
    {"power", {UnaryKind::kPower, 2.3F}, 0},
    {"atanh", {UnaryKind::kAtanh}, 0},
};

INSTANTIATE_TEST_SUITE_P(All, UnaryTest, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

// arctan2, division and the like tell the zeros apart.
TEST(Unary, GivesTheZeroThatKerasGives) {
  const std::vector<Unary> odd = {
      {UnaryKind::kTanh}, {UnaryKind::kExpm1},    {UnaryKind::kLog1p},      {UnaryKind::kElu, 1.0F},
      {UnaryKind::kSelu}, {UnaryKind::kSoftsign}, {UnaryKind::kCelu, 1.0F}, {UnaryKind::kSilu}};
  for_each_isa([&] {
    for (const Unary& u : odd) EXPECT_TRUE(std::signbit(apply(u, -0.0F)));
    for (const Unary& u : {relu(), relu(0.0F, 0.0F, 6.0F), Unary{UnaryKind::kSign}}) {
      EXPECT_FALSE(std::signbit(apply(u, -0.0F)));
    }
  });
}

TEST(Unary, MapsInPlaceOverManyThreads) {
  std::vector<float> x(200'003);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 977) * 0.01F - 5.0F;
  const std::vector<float> apart = apply({UnaryKind::kTanh}, x);
  unary_map(x.data(), x.data(), x.size(), {UnaryKind::kTanh}, pool());
  EXPECT_EQ(x, apart);
}

}  // namespace
}  // namespace weir::kernels
