#include "keras/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "weir/error.h"

namespace weir::keras {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Json parse(std::string_view text) { return parse_json(text, "text"); }

TEST(JsonText, TakesWhatPythonWrites) {
  EXPECT_EQ(parse(R"({"max_value": Infinity})")["max_value"].get<double>(), kInfinity);
  EXPECT_EQ(parse(R"([-Infinity, 1])")[0].get<double>(), -kInfinity);
  EXPECT_TRUE(std::isnan(parse(R"([{"fill": NaN}])")[0]["fill"].get<double>()));
  EXPECT_EQ(parse("[1e300, Infinity]")[0].get<double>(), 1e300);
}

TEST(JsonText, LeavesTextsAlone) {
  EXPECT_EQ(parse(R"({"name": "Infinity", "pool": Infinity})")["name"], "Infinity");
  EXPECT_EQ(parse(R"(["a \" Infinity", Infinity])")[0], "a \" Infinity");
  EXPECT_EQ(parse(R"(["\\", Infinity])")[1].get<double>(), kInfinity);
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text :
       {"Nan", "[1,", "{\"a\" 1}", "InfinityInfinity", "[Infinit]", "\"Infinity"}) {
    EXPECT_THROW(parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace weir::keras
