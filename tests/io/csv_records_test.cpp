#include "io/csv_records.h"

#include "io/io_testing.h"

namespace weir::testing {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& text, std::size_t piece, char delimiter = ',') {
  CsvRecords records(std::make_unique<PiecewiseReader>(text, piece), delimiter);
  Rows rows;
  while (true) {
    const auto fields = records.next();
    if (fields.empty()) return rows;
    rows.emplace_back(fields.begin(), fields.end());
  }
}

void expect_rows(const std::string& text, const Rows& rows) {
  for (const std::size_t piece : {1U, 2U, 5U, 1000U}) EXPECT_EQ(rows_of(text, piece), rows) << text;
}

TEST(CsvRecords, EndsRowsWithAnyLineEnd) {
  const Rows rows = {{"a", "b"}, {"c", "d"}};
  expect_rows("a,b\nc,d\n", rows);
  expect_rows("a,b\r\nc,d\r\n", rows);
  expect_rows("a,b\nc,d", rows);
  expect_rows("a,b\r\nc,d\r", rows);
}

TEST(CsvRecords, PassesOverBlankLinesAndTheByteOrderMark) {
  expect_rows("\xEF\xBB\xBF\n\na,b\n\r\n\nc,d\n\n\n", {{"a", "b"}, {"c", "d"}});
  expect_rows("", {});
  expect_rows("\n\n", {});
}

TEST(CsvRecords, KeepsEmptyFields) {
  expect_rows(",\na,,\n,b\n", {{"", ""}, {"a", "", ""}, {"", "b"}});
  expect_rows("\"\"\n", {{""}});
}

TEST(CsvRecords, ReadsQuotedFields) {
  expect_rows("\"a,1\",\"b\"\"2\"\"\",c\n", {{"a,1", "b\"2\"", "c"}});
  expect_rows("\"two\nlines\",\"\"\"\"\nx,y\n", {{"two\nlines", "\""}, {"x", "y"}});
  expect_rows("a,\"\",\"\"\"\"\"\"\n", {{"a", "", "\"\""}});
}

TEST(CsvRecords, TakesAQuoteWithinAnUnquotedFieldAsItIs) {
  expect_rows("5\" pipe,1\nx,2\n", {{"5\" pipe", "1"}, {"x", "2"}});
  expect_rows("\"q\",5\" pipe\nx,2\n", {{"q", "5\" pipe"}, {"x", "2"}});
}

TEST(CsvRecords, SplitsAtOtherDelimiters) {
  EXPECT_EQ(rows_of("a,1\tb\n", 3, '\t'), (Rows{{"a,1", "b"}}));
  EXPECT_EQ(rows_of("1;2\n", 3, ';'), (Rows{{"1", "2"}}));
}

TEST(CsvRecords, KnowsTheLineOfEachRow) {
  CsvRecords records(std::make_unique<PiecewiseReader>("skipped\n\n\"a\nb\",1\n\nc,2\n"), ',');
  records.skip_lines(1);
  records.next();
  EXPECT_EQ(records.line(), 3U);
  records.next();
  EXPECT_EQ(records.line(), 6U);
}

TEST(CsvRecords, SkipsLinesWhateverIsInThem) {
  CsvRecords records(
      std::make_unique<PiecewiseReader>("\"quote\n" + std::string(1 << 20, 'x') + "\na\n", 4096),
      ',');
  records.skip_lines(2);
  EXPECT_EQ(std::string(records.next()[0]), "a");
}

TEST(CsvRecords, ReadsRowsOfAMegabyte) {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "0.25,";
  text += "1\n2\n";
  const Rows rows = rows_of(text, 5000);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].size(), 300001U);
  EXPECT_EQ(rows[1][0], "2");
}

TEST(CsvRecords, RefusesBrokenQuotes) {
  const Error open = error_of([] { rows_of("1,2\n\"a,b\nc,d\n", 4); });
  EXPECT_EQ(open.code(), ErrorCode::kMalformed);
  EXPECT_THAT(open.message(), ::testing::HasSubstr("line 2"));
  const Error after = error_of([] { rows_of("1,\"a\"b\n", 4); });
  EXPECT_THAT(after.message(), ::testing::HasSubstr("line 1, column 2"));
}

TEST(CsvRecords, RefusesRowsThatWouldFillTheMemory) {
  const Error error = error_of([] { rows_of("1\n" + std::string(20 << 20, '1'), 1 << 20); });
  EXPECT_EQ(error.code(), ErrorCode::kMalformed);
  EXPECT_THAT(error.message(), ::testing::HasSubstr("line 2"));
  const Error commas = error_of([] { rows_of(std::string(2 << 20, ','), 1 << 20); });
  EXPECT_EQ(commas.code(), ErrorCode::kMalformed);
}

TEST(CsvRecords, RefusesUtf16) {
  const Error error = error_of([] {
    rows_of(std::string("\xFF\xFE"
                        "1\0",
                        4),
            4);
  });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace weir::testing
