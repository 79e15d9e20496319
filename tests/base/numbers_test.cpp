#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "base/half.h"
#include "weir/memory_size.h"
#include "weir/tensor.h"

namespace weir {
namespace {

template <typename Call>
ErrorCode code_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(Checked, ArithmeticThrowsWhereItWouldWrap) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(checked_add<std::int64_t>(kMost - 1, 1), kMost);
  EXPECT_EQ(checked_mul<std::int64_t>(kMost / 2, 2), kMost - 1);
  EXPECT_EQ(code_of([] { checked_add<std::int64_t>(kMost, 1); }), ErrorCode::kMalformed);
  EXPECT_EQ(code_of([] { checked_add<std::int64_t>(-kMost, -2); }), ErrorCode::kMalformed);
  EXPECT_EQ(code_of([] { checked_mul<std::int64_t>(kMost / 2 + 1, 2); }), ErrorCode::kMalformed);
  EXPECT_EQ(code_of([] { checked_mul<std::uint32_t>(1U << 16, 1U << 16); }), ErrorCode::kMalformed);
}

TEST(Checked, CastsThrowWhereTheValueDoesNotFit) {
  EXPECT_EQ((checked_cast<std::uint8_t, int>(255)), 255);
  EXPECT_EQ(code_of([] { checked_cast<std::uint8_t, int>(256); }), ErrorCode::kMalformed);
  EXPECT_EQ(code_of([] { checked_cast<std::uint64_t, int>(-1); }), ErrorCode::kMalformed);
}

TEST(AlignUp, GivesTheNextMultiple) {
  EXPECT_EQ(align_up(0, 64), 0U);
  EXPECT_EQ(align_up(1, 64), 64U);
  EXPECT_EQ(align_up(64, 64), 64U);
  EXPECT_EQ(align_up(65, 64), 128U);
}

TEST(FormatBytes, GivesThreeDigitsInUnitsOf1024) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(std::uint64_t{256} << 20), "256 MiB");
  EXPECT_EQ(format_bytes(std::uint64_t{5} << 40), "5.00 TiB");
}

TEST(ParseBytes, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("4096B"), 4096U);
  EXPECT_EQ(parse_bytes("256MiB"), std::uint64_t{256} << 20);
  EXPECT_EQ(parse_bytes("256 MB"), 256'000'000U);
  EXPECT_EQ(parse_bytes("1.5g"), std::uint64_t{3} << 29);
  EXPECT_EQ(parse_bytes("2kib"), 2048U);
}

TEST(ParseBytes, RefusesWhatIsNoSize) {
  for (const char* text : {"", "MiB", "0", "-1", "-5MiB", "1e300", "nan", "inf", "1 parsec", "1.5x",
                           "9999999999TiB", "1MiBs"}) {
    EXPECT_EQ(code_of([&] { parse_bytes(text); }), ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Half, IsExactForEveryKindOfNumber) {
  EXPECT_EQ(half_to_float(0x3C00), 1.0F);
  EXPECT_EQ(half_to_float(0xC500), -5.0F);
  EXPECT_EQ(half_to_float(0x7BFF), 65504.0F);
  EXPECT_EQ(half_to_float(0x0400), 0x1p-14F);
  EXPECT_EQ(half_to_float(0x0001), 0x1p-24F);
  EXPECT_EQ(half_to_float(0x83FF), -1023 * 0x1p-24F);
  EXPECT_EQ(half_to_float(0x7C00), std::numeric_limits<float>::infinity());
  EXPECT_EQ(half_to_float(0xFC00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(half_to_float(0x7E00)));
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
}

/// The whole range against the definition: (-1)^s * 2^(e - 15) * (1 + m / 1024).
TEST(Half, AgreesWithItsDefinitionForEveryNormalNumber) {
  for (std::uint32_t bits = 0x0400; bits < 0x7C00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10) - 15;
    const double value = std::ldexp(1.0 + (bits & 0x3FFU) / 1024.0, exponent);
    ASSERT_EQ(half_to_float(static_cast<std::uint16_t>(bits)), static_cast<float>(value)) << bits;
  }
}

TEST(BFloat, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(bfloat_to_float(0x3F80), 1.0F);
  EXPECT_EQ(bfloat_to_float(0xC0A0), -5.0F);
  EXPECT_TRUE(std::isnan(bfloat_to_float(0x7FC0)));
}

TEST(BFloat16, OfAFloatIsTheNearest) {
  EXPECT_EQ(float_to_bfloat(1.0F), 0x3F80);
  EXPECT_EQ(float_to_bfloat(-5.0F), 0xC0A0);
  EXPECT_EQ(float_to_bfloat(0x1.00FEp0F), 0x3F80);  // Below halfway to the next.
  EXPECT_EQ(float_to_bfloat(0x1.01p0F), 0x3F80);    // Halfway: the even one.
  EXPECT_EQ(float_to_bfloat(0x1.03p0F), 0x3F82);
  EXPECT_EQ(float_to_bfloat(0x1.0102p0F), 0x3F81);
  EXPECT_EQ(float_to_bfloat(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(float_to_bfloat(-std::numeric_limits<float>::infinity()), 0xFF80);
  // All of its number lies in the lower half.
  EXPECT_TRUE(std::isnan(bfloat_to_float(float_to_bfloat(std::bit_cast<float>(0x7F800001U)))));
}

TEST(Shape, CountsItsElementsAndRefusesAnOverflow) {
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ((Shape{2, 3, 4}.elements()), 24);
  EXPECT_EQ((Shape{5, 0, 7}.elements()), 0);
  EXPECT_EQ(code_of([] { (void)Shape{2, Shape::kFree}.elements(); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { (void)Shape{1LL << 40, 1LL << 40}.elements(); }), ErrorCode::kMalformed);
}

TEST(Shape, HoldsEightAxesAndNoMore) {
  Shape shape{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(shape.back(), 8);
  EXPECT_EQ(code_of([&] { shape.push_back(9); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([] { Shape(std::vector<std::int64_t>(9, 1)); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([] { Shape({1, -2}); }), ErrorCode::kInvalidArgument);
}

TEST(Shape, ComparesAndPrintsAsKerasDoes) {
  EXPECT_EQ((Shape{2, 3}), (Shape{2, 3}));
  EXPECT_NE((Shape{2, 3}), (Shape{2, 3, 1}));
  EXPECT_EQ(to_string(Shape{Shape::kFree, 28, 28, 1}), "(None, 28, 28, 1)");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{}), "()");
}

TEST(DTypes, AreFoundAgainByTheirNames) {
  for (int i = 0; i <= static_cast<int>(DType::kBool); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(dtype_from_name(to_string(dtype)), dtype);
    EXPECT_GT(size_of(dtype), 0U);
  }
  EXPECT_EQ(dtype_from_name("complex64"), std::nullopt);
}

}  // namespace
}  // namespace weir
