#include "io/csv_source.h"
#include "io/io_testing.h"
#include "io/open_sink.h"
#include "io/text_arena.h"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kFree = Shape::kFree;

const std::vector<TensorSpec> kReview{{"review", DType::kString, {kFree, 1}}};

/// The only tensor of a file, two rows at a time.
std::vector<std::string> strings_in(const std::string& file,
                                    std::span<const TensorSpec> expected = {}) {
  const auto source = open_files({file}, expected);
  std::vector<std::string> all;
  for (auto rows = source->next(2); !rows.empty(); rows = source->next(2)) {
    for (std::string& text : strings_of(rows[0])) all.push_back(std::move(text));
  }
  return all;
}

std::vector<std::string> fixture_strings() {
  std::string repeated;
  for (int i = 0; i < 30; ++i) repeated += "long";
  return {"a", "été", "", "日本 😀", repeated, "x y"};
}

TEST(Strings, OfNpyFilesAreUtf8OrTheirBytes) {
  for (const char* name : {"strings_u.npy", "strings_big_endian_u.npy", "strings_s.npy"}) {
    EXPECT_EQ(strings_in(fixture(name)), fixture_strings()) << name;
  }
}

TEST(Strings, OfAnArchiveComeWithItsNumbers) {
  const auto source = open_files({fixture("strings.npz")});
  const auto rows = source->next(5);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(strings_of(rows[0]), fixture_strings());
  EXPECT_EQ(rows[1].dtype, DType::kFloat32);
}

TEST(Strings, OfATableComeFromTheColumnThatIsNamedLikeTheInput) {
  const TemporaryFolder folder;
  const std::string file = folder.write("x.csv", "id,review\n1,\"a, \"\"b\"\"\"\n2,\n3,été\n");
  EXPECT_THAT(strings_in(file, kReview), ElementsAre("a, \"b\"", "", "été"));
}

TEST(Strings, OfATableStayWhereTheyAreForABatch) {
  const TemporaryFolder folder;
  std::string table = "review\n";
  for (int row = 0; row < 500; ++row) {
    table += std::string(static_cast<std::size_t>(row), 'x') + "\n\"\"\n";
  }
  const auto source = open_files({folder.write("x.csv", table)}, kReview);
  const std::vector<std::string> all = strings_of(source->next(2000)[0]);
  ASSERT_EQ(all.size(), 999U);  // A line without anything is passed over.
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].size(), i % 2 == 0 ? 0 : (i + 1) / 2) << i;
  }
}

TEST(Strings, AloneDoNotTellWhetherThereIsAHeader) {
  const TemporaryFolder folder;
  const std::string file = folder.write("x.csv", "good\nbad\n");
  const Error error = error_of([&] { strings_in(file, kReview); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("--csv-header"));
  InputOptions options;
  options.inputs = {file};
  options.expected = kReview;
  options.csv.header = CsvHeader::kNo;
  EXPECT_THAT(strings_of(open_source(options)->next(5)[0]), ElementsAre("good", "bad"));
}

TEST(Strings, AreWrittenSoThatTheyReadBack) {
  const std::vector<std::string_view> texts{"a, \"b\"", "line\nend", "été", "", "\x01\\"};
  const TemporaryFolder folder;
  for (const char* name : {"y.csv", "y.tsv", "y.jsonl"}) {
    OutputOptions options;
    options.path = folder / name;
    const auto sink = open_sink(options);
    sink->open(std::vector<TensorSpec>{{"review", DType::kString, {kFree, 1}}});
    sink->write(std::vector<TensorView>{{texts.data(), DType::kString, {5, 1}}});
    sink->finish();
    InputOptions back;
    back.inputs = {folder / name};
    back.expected = kReview;
    back.csv.header = CsvHeader::kYes;
    const std::vector<std::string> wanted(texts.begin(), texts.end());
    EXPECT_EQ(strings_of(open_source(back)->next(9)[0]), wanted) << name;
  }
}

TEST(Strings, DoNotGoIntoNpyFiles) {
  const TemporaryFolder folder;
  OutputOptions options;
  options.path = folder / "y.npy";
  const Error error = error_of([&] {
    open_sink(options)->open(std::vector<TensorSpec>{{"review", DType::kString, {3, 1}}});
  });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), HasSubstr(".jsonl"));
}

TEST(TextArena, KeepsWhatItHasForTheNextBatch) {
  TextArena arena;
  const std::string large(200'000, 'x');
  for (int batch = 0; batch < 3; ++batch) {
    arena.clear();
    const std::string_view first = arena.keep("first");
    const std::string_view second = arena.keep(large);
    const std::string_view third = arena.keep("");
    EXPECT_EQ(first, "first");
    EXPECT_EQ(second, large);
    EXPECT_EQ(third, "");
  }
}

TEST(TextArena, HasALimit) {
  TextArena arena;
  EXPECT_EQ(error_of([&] { arena.room(TextArena::kMaxBytes + 1); }).code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace weir::testing
