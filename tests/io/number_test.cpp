#include "io/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace weir {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(ParseReal, ReadsWhatPeopleAndProgramsWrite) {
  EXPECT_EQ(parse_real<float>("1.5"), 1.5F);
  EXPECT_EQ(parse_real<float>(" +1.5\t"), 1.5F);
  EXPECT_EQ(parse_real<float>("-.5e1"), -5.0F);
  EXPECT_EQ(parse_real<float>("1E-3"), 1e-3F);
  EXPECT_EQ(parse_real<float>("3."), 3.0F);
  EXPECT_EQ(parse_real<float>("-inf"), -kInfinity);
  EXPECT_EQ(parse_real<float>("Infinity"), kInfinity);
  EXPECT_EQ(parse_real<double>("0.1"), 0.1);
}

TEST(ParseReal, TakesMissingValuesForNan) {
  for (const char* text : {"", "  ", "nan", "NaN", "-nan", "NA", "n/a", "null", "None"}) {
    const auto value = parse_real<float>(text);
    ASSERT_TRUE(value) << text;
    EXPECT_TRUE(std::isnan(*value)) << text;
  }
}

TEST(ParseReal, RoundsOnce) {
  // Rounded to a double first, this would become the even neighbour.
  EXPECT_EQ(parse_real<float>("1.000000059604644775390626"), std::nextafter(1.0F, 2.0F));
}

TEST(ParseReal, GoesToTheEndsOfTheRange) {
  EXPECT_EQ(parse_real<float>("1e39"), kInfinity);
  EXPECT_EQ(parse_real<float>("-1e400"), -kInfinity);
  EXPECT_EQ(parse_real<float>("1e-60"), 0.0F);
  EXPECT_EQ(parse_real<float>("1e-40"), 1e-40F);
  EXPECT_EQ(parse_real<float>("1e-400"), 0.0F);
  EXPECT_EQ(parse_real<float>("0." + std::string(400, '0') + "1"), 0.0F);
  EXPECT_EQ(parse_real<float>(std::string(400, '9')), kInfinity);
}

TEST(ParseReal, RefusesAllElse) {
  for (const char* text : {"abc", "1,5", "1.5.2", "0x10", "1e", "--1", "+-1", "1 2", "infx", "#"}) {
    EXPECT_FALSE(parse_real<float>(text)) << text;
  }
}

TEST(ParseWhole, ReadsIntegersExactly) {
  EXPECT_EQ(parse_whole<std::int64_t>("9223372036854775807"),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_whole<std::int32_t>(" +7 "), 7);
  EXPECT_EQ(parse_whole<std::int32_t>("3.0"), 3);
  EXPECT_EQ(parse_whole<std::int32_t>("-3e2"), -300);
  EXPECT_EQ(parse_whole<std::uint8_t>("255"), 255);
}

TEST(ParseWhole, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(parse_whole<std::uint8_t>("256"));
  EXPECT_FALSE(parse_whole<std::uint8_t>("-1"));
  EXPECT_FALSE(parse_whole<std::int32_t>("2.5"));
  EXPECT_FALSE(parse_whole<std::int32_t>("1e10"));
  EXPECT_FALSE(parse_whole<std::int64_t>("1e300"));
  EXPECT_FALSE(parse_whole<std::int64_t>("nan"));
  EXPECT_FALSE(parse_whole<std::int64_t>(""));
}

TEST(ParseWhole, ReadsTruth) {
  EXPECT_EQ(parse_whole<bool>("True"), true);
  EXPECT_EQ(parse_whole<bool>("false"), false);
  EXPECT_EQ(parse_whole<bool>("1"), true);
  EXPECT_EQ(parse_whole<bool>("0.0"), false);
  EXPECT_FALSE(parse_whole<bool>("2"));
}

}  // namespace
}  // namespace weir
