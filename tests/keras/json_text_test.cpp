#include "keras/json_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "weir/error.h"

namespace weir::keras {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

Json parse(std::string_view text) { return parse_json(text, "text"); }

TEST(JsonText, TakesInfinityForTheLargestFloat) {
  EXPECT_EQ(parse(R"({"max_value": Infinity})")["max_value"].get<float>(), kLargest);
  EXPECT_EQ(parse(R"([-Infinity, 1])")[0].get<float>(), -kLargest);
}

TEST(JsonText, LeavesTextsAlone) {
  EXPECT_EQ(parse(R"({"name": "Infinity", "pool": Infinity})")["name"], "Infinity");
  EXPECT_EQ(parse(R"(["a \" Infinity", Infinity])")[0], "a \" Infinity");
  EXPECT_EQ(parse(R"(["\\", Infinity])")[1].get<float>(), kLargest);
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text :
       {"NaN", "[1,", "{\"a\" 1}", "InfinityInfinity", "[Infinit]", "\"Infinity"}) {
    EXPECT_THROW(parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace weir::keras
