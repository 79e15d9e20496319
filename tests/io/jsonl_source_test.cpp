#include "io/jsonl_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "io/io_testing.h"
#include "weir/error.h"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kFree = Shape::kFree;

const std::vector<TensorSpec> kTextAndNumbers{{"text", DType::kString, {kFree, 1}},
                                              {"x", DType::kFloat32, {kFree, 2, 2}}};
const std::vector<TensorSpec> kText{{"text", DType::kString, {kFree, 1}}};

std::unique_ptr<Source> open(const std::string& text, const std::vector<TensorSpec>& expected) {
  return open_jsonl(std::make_unique<testing::PiecewiseReader>(text), expected);
}

std::vector<float> floats_of(const TensorView& view) {
  const auto* const first = static_cast<const float*>(view.data);
  return {first, first + view.shape.elements()};
}

TEST(JsonlSource, TakesTheMembersThatAreNamedLikeTheInputs) {
  const auto source = open(
      "{\"x\": [[1, 2], [3.5, -4e1]], \"other\": {\"deep\": [1, \"]\"]}, \"text\": "
      "\"a\\n\\u00e9\"}\n"
      "\n"
      "{\"text\": [\"b\"], \"x\": [5, 6, 7, null]}",
      kTextAndNumbers);
  const auto rows = source->next(5);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(testing::strings_of(rows[0]), ElementsAre("a\né", "b"));
  EXPECT_EQ(rows[1].shape, Shape({2, 2, 2}));
  EXPECT_THAT(floats_of(rows[1]), ElementsAre(1, 2, 3.5F, -40, 5, 6, 7, ::testing::IsNan()));
  EXPECT_TRUE(source->next(5).empty());
}

TEST(JsonlSource, TakesValuesByThemselvesForAnOnlyInput) {
  const auto source = open("\"one\"\n{\"review\": \"two \\ud83d\\ude00\"}\n[\"three\"]\n", kText);
  EXPECT_THAT(testing::strings_of(source->next(2)[0]), ElementsAre("one", "two 😀"));
  EXPECT_THAT(testing::strings_of(source->next(2)[0]), ElementsAre("three"));
}

TEST(JsonlSource, SizesAFreeAxisByTheFirstLine) {
  const auto source = open("[1, 2, 3]\n[4, 5, 6]\n", {{"x", DType::kInt32, {kFree, kFree}}});
  EXPECT_EQ(source->tensors()[0].shape, Shape({kFree, 3}));
  EXPECT_EQ(source->next(2)[0].shape, Shape({2, 3}));
}

struct Refused {
  const char* text;
  const char* phrase;
};

class RefusedLines : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedLines, SayWhatIsWrong) {
  try {
    const auto source = open(GetParam().text, kTextAndNumbers);
    while (!source->next(1).empty()) continue;
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().phrase));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Jsonl, RefusedLines,
    ::testing::Values(Refused{"", "no lines"}, Refused{"{\"x\": [1, 2, 3, 4]}", "no member 'text'"},
                      Refused{"{\"text\": \"a\", \"x\": [1, 2, 3]}", "3 values"},
                      Refused{"{\"text\": \"a\", \"x\": [1, 2, 3, \"4\"]}", "not of type float32"},
                      Refused{"{\"text\": 5, \"x\": [1, 2, 3, 4]}", "not of type string"},
                      Refused{"{\"text\": \"a\", \"x\": [1, 2, 3, 4]", "line 1: no '}'"},
                      Refused{"{\"text\": \"a", "without an end"},
                      Refused{"{\"text\": \"\\x\"}", "escape"}, Refused{"[1]", "is no object"},
                      Refused{"{\"text\": \"a\", \"x\": [1, 2, 3, 4]} 5", "goes on"}));

TEST(JsonlSource, RefusesValuesThatNestTooDeep) {
  const auto read = [](const std::string& text, const std::vector<TensorSpec>& expected) {
    const auto source = open(text, expected);
    while (!source->next(1).empty()) continue;
  };
  const std::string deep(1000, '[');
  EXPECT_THROW(read("{\"other\": " + deep, kText), Error);
  EXPECT_THROW(read(deep, {{"x", DType::kInt32, {kFree, kFree}}}), Error);
}

}  // namespace
}  // namespace weir
