#include "io/csv_source.h"

#include <cmath>

#include "io/io_testing.h"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kFree = Shape::kFree;

std::unique_ptr<Source> open_text(const std::string& text, CsvOptions options = {},
                                  std::span<const TensorSpec> expected = {}) {
  if (options.delimiter == '\0') options.delimiter = ',';
  return open_csv(std::make_unique<PiecewiseReader>(text), options, expected);
}

std::vector<double> numbers_of(const std::string& text, const CsvOptions& options = {}) {
  return read_all(*open_text(text, options))[0];
}

CsvOptions with_columns(std::vector<std::string> columns) {
  CsvOptions options;
  options.columns = std::move(columns);
  return options;
}

TEST(CsvSource, ReadsNumbersWithOrWithoutAHeader) {
  EXPECT_THAT(numbers_of("1,2\n3,4\n"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers_of("x,y\n1,2\n3,4\n"), ElementsAre(1, 2, 3, 4));
}

TEST(CsvSource, BelievesWhatItIsToldOfTheHeader) {
  CsvOptions options;
  options.header = CsvHeader::kYes;
  EXPECT_THAT(numbers_of("1,2\n3,4\n", options), ElementsAre(3, 4));
  options.header = CsvHeader::kNo;
  EXPECT_EQ(error_of([&] { numbers_of("x,y\n3,4\n", options); }).code(), ErrorCode::kMalformed);
}

TEST(CsvSource, ReadsWhatNumPyWrites) {
  const auto table = read_all(*open_files({fixture("savetxt.csv")}))[0];
  EXPECT_EQ(table, read_all(*open_files({fixture("savetxt.tsv")}))[0]);
  ASSERT_EQ(table.size(), 12U);
  EXPECT_EQ(table[0], static_cast<double>(-3.0F / 7.0F));
}

TEST(CsvSource, ReadsEmptyFieldsAsNan) {
  const auto numbers = numbers_of("1,\n,inf\n");
  EXPECT_TRUE(std::isnan(numbers[1]));
  EXPECT_TRUE(std::isnan(numbers[2]));
  EXPECT_TRUE(std::isinf(numbers[3]));
}

TEST(CsvSource, TakesTheChosenColumnsInTheirOrder) {
  const std::string text = "id,x,y,z\na,1,2,3\nb,4,5,6\n";
  EXPECT_THAT(numbers_of(text, with_columns({"z", "x"})), ElementsAre(3, 1, 6, 4));
  EXPECT_THAT(numbers_of(text, with_columns({"2-"})), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(numbers_of(text, with_columns({"4", "2-3"})), ElementsAre(3, 1, 2, 6, 4, 5));
}

TEST(CsvSource, LooksForAHeaderInTheChosenColumnsOnly) {
  EXPECT_THAT(numbers_of("a,1,2\nb,3,4\n", with_columns({"2-3"})), ElementsAre(1, 2, 3, 4));
}

TEST(CsvSource, NamesTheColumnThatIsNotThere) {
  const Error name = error_of([] { open_text("x,y\n1,2\n", with_columns({"w"})); });
  EXPECT_EQ(name.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(name.message(), HasSubstr("no column 'w'; the header has: x, y"));
  const Error number = error_of([] { open_text("1,2\n", with_columns({"3"})); });
  EXPECT_THAT(number.message(), HasSubstr("no column 3: the table has 2"));
  EXPECT_THAT(error_of([] { open_text("1,2\n", with_columns({"0"})); }).message(),
              HasSubstr("no column 0"));
}

TEST(CsvSource, FillsAnInputInCOrder) {
  const std::vector<TensorSpec> input = {{"x", DType::kFloat32, {kFree, 2, 2}}};
  const auto source = open_text("1,2,3,4\n5,6,7,8\n", {}, input);
  EXPECT_EQ(source->tensors()[0].shape, (Shape{kFree, 2, 2}));
  EXPECT_EQ(source->next(8)[0].shape, (Shape{2, 2, 2}));
}

TEST(CsvSource, FillsInputsOneAfterTheOther) {
  const std::vector<TensorSpec> inputs = {{"a", DType::kFloat32, {kFree, 2}},
                                          {"b", DType::kInt32, {kFree, 1}}};
  const auto source = open_text("1.5,2,3\n4,5,6\n", {}, inputs);
  EXPECT_EQ(source->tensors()[1].dtype, DType::kInt32);
  const auto tensors = read_all(*source);
  EXPECT_THAT(tensors[0], ElementsAre(1.5, 2, 4, 5));
  EXPECT_THAT(tensors[1], ElementsAre(3, 6));
}

TEST(CsvSource, FindsInputsOfOneElementByTheHeader) {
  const std::vector<TensorSpec> inputs = {{"income", DType::kFloat32, {kFree, 1}},
                                          {"age", DType::kFloat32, {kFree, 1}}};
  const auto tensors = read_all(*open_text("age,label,income\n1,2,3\n4,5,6\n", {}, inputs));
  EXPECT_THAT(tensors[0], ElementsAre(3, 6));
  EXPECT_THAT(tensors[1], ElementsAre(1, 4));
}

TEST(CsvSource, SolvesTheOneFreeAxisOfAnInput) {
  const std::vector<TensorSpec> input = {{"x", DType::kFloat32, {kFree, kFree, 2}}};
  EXPECT_EQ(open_text("1,2,3,4,5,6\n", {}, input)->tensors()[0].shape, (Shape{kFree, 3, 2}));
  EXPECT_EQ(error_of([&] { open_text("1,2,3\n", {}, input); }).code(), ErrorCode::kInvalidArgument);
}

TEST(CsvSource, SaysHowManyColumnsTheModelWants) {
  const std::vector<TensorSpec> input = {{"x", DType::kFloat32, {kFree, 2, 2}}};
  const Error error = error_of([&] { open_text("1,2,3,4,5\n", {}, input); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("takes 4 values a row"));
  EXPECT_THAT(error.message(), HasSubstr("has 5 columns"));
}

TEST(CsvSource, NamesLineAndColumnOfWhatIsNoNumber) {
  const auto source = open_text("x,y\n1,2\n\n3,four\n");
  const Error error = error_of([&] { read_all(*source); });
  EXPECT_EQ(error.code(), ErrorCode::kMalformed);
  EXPECT_EQ(error.message(), "line 4, column 2 ('y'): 'four' is not a number of type float32");
}

TEST(CsvSource, RefusesRowsOfDifferentLengths) {
  for (const char* text : {"1,2\n3\n", "1,2\n3,4,5\n", "1,2\n3,4,\n"}) {
    const Error error = error_of([&] { numbers_of(text); });
    EXPECT_EQ(error.code(), ErrorCode::kMalformed);
    EXPECT_THAT(error.message(), HasSubstr("line 2 has"));
  }
}

TEST(CsvSource, RefusesAnEmptyTableButNotOneWithoutRows) {
  EXPECT_EQ(error_of([] { open_text(""); }).code(), ErrorCode::kMalformed);
  const auto source = open_text("x,y\n");
  EXPECT_TRUE(source->next(3).empty());
}

TEST(CsvSource, DoesNotWaitForMoreThanTheBatch) {
  class EndlessPipe final : public ByteReader {
   public:
    std::size_t read_some(std::span<std::byte> into) override {
      EXPECT_EQ(reads_++ / 3, 0) << "a read that would wait";
      constexpr std::string_view kLine = "1,2\n";
      std::copy_n(std::as_bytes(std::span(kLine)).begin(), kLine.size(), into.begin());
      return kLine.size();
    }

   private:
    int reads_ = 0;
  };
  CsvOptions options;
  options.delimiter = ',';
  const auto source = open_csv(std::make_unique<EndlessPipe>(), options, {});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(source->next(1)[0].shape[0], 1);
}

}  // namespace
}  // namespace weir::testing
