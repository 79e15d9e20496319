#include "session/convert.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace weir::session {
namespace {

template <typename To, typename From>
std::vector<To> convert(DType from_type, const std::vector<From>& from, DType to_type) {
  std::vector<To> to(from.size());
  convert_elements(from_type, from.data(), to_type, to.data(), from.size());
  return to;
}

template <typename From>
std::vector<std::int32_t> to_int32(DType type, const std::vector<From>& from) {
  return convert<std::int32_t>(type, from, DType::kInt32);
}

template <typename From>
std::vector<float> to_float(DType type, const std::vector<From>& from) {
  return convert<float>(type, from, DType::kFloat32);
}

constexpr std::int32_t kLow = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHigh = std::numeric_limits<std::int32_t>::max();

TEST(Convert, IntegersOutOfRangeBecomeTheNearest) {
  EXPECT_EQ(to_int32(DType::kInt64, std::vector<std::int64_t>{1LL << 40, -(1LL << 40), -5}),
            (std::vector{kHigh, kLow, -5}));
  EXPECT_EQ(to_int32(DType::kUInt32, std::vector<std::uint32_t>{4'000'000'000U, 7U}),
            (std::vector{kHigh, 7}));
  EXPECT_EQ(to_int32(DType::kUInt64, std::vector<std::uint64_t>{~0ULL}), (std::vector{kHigh}));
}

TEST(Convert, FloatsAreTruncatedAndNaNIsZero) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(to_int32(DType::kFloat64, std::vector{2.9, -2.9, kNaN, kInfinity, -1e300}),
            (std::vector{2, -2, 0, kHigh, kLow}));
  EXPECT_EQ(to_int32(DType::kFloat32, std::vector{2147483648.0F, -2147483648.0F, 0.5F}),
            (std::vector{kHigh, kLow, 0}));
}

TEST(Convert, HalvesAndBytesBecomeFloats) {
  EXPECT_EQ(to_float(DType::kFloat16, std::vector<std::uint16_t>{0x3C00, 0xC000, 0x0001}),
            (std::vector{1.0F, -2.0F, 0x1p-24F}));
  EXPECT_EQ(to_float(DType::kBFloat16, std::vector<std::uint16_t>{0x3F80, 0xC000}),
            (std::vector{1.0F, -2.0F}));
  EXPECT_EQ(to_float(DType::kUInt8, std::vector<std::uint8_t>{0, 255}),
            (std::vector{0.0F, 255.0F}));
  EXPECT_EQ(to_float(DType::kInt8, std::vector<std::int8_t>{-128, 127}),
            (std::vector{-128.0F, 127.0F}));
}

TEST(Convert, AnythingButZeroIsTrueAndTrueIsOne) {
  const auto as_bytes = [](DType type, const auto& from) {
    std::vector<std::uint8_t> to(from.size());
    convert_elements(type, from.data(), DType::kBool, to.data(), from.size());
    return to;
  };
  const std::vector<std::uint8_t> expected{0, 1, 1};
  EXPECT_EQ(as_bytes(DType::kFloat32, std::vector{0.0F, 0.5F, -1.0F}), expected);
  EXPECT_EQ(as_bytes(DType::kBool, std::vector<std::uint8_t>{0, 1, 2}), expected);
}

TEST(Convert, SourcesNeedNoAlignment) {
  std::vector<std::byte> bytes(9);
  const double value = 1.5;
  std::memcpy(bytes.data() + 1, &value, sizeof(value));
  float result = 0.0F;
  convert_elements(DType::kFloat64, bytes.data() + 1, DType::kFloat32, &result, 1);
  EXPECT_EQ(result, 1.5F);
}

}  // namespace
}  // namespace weir::session
