#include <unistd.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "io/io_testing.h"
#include "io/open_sink.h"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kFree = Shape::kFree;

// A model's outputs: two of them, of two types.
struct Batch {
  std::vector<float> scores;
  std::vector<std::int32_t> labels;

  std::vector<TensorView> views() const {
    const auto rows = static_cast<std::int64_t>(labels.size());
    return {{scores.data(), DType::kFloat32, {rows, 2}}, {labels.data(), DType::kInt32, {rows}}};
  }
};

const std::vector<TensorSpec> kOutputs = {{"scores", DType::kFloat32, {kFree, 2}},
                                          {"labels", DType::kInt32, {kFree}}};
const std::vector<Batch> kBatches = {{{0.1F, -3, 1e-20F, 16777216}, {7, -8}}, {{0.5F, 1e30F}, {9}}};

std::unique_ptr<Sink> sink_to(const std::string& path,
                              std::optional<FileFormat> format = std::nullopt) {
  OutputOptions options;
  options.path = path;
  options.format = format;
  return open_sink(options);
}

void write_batches(Sink& sink) {
  sink.open(kOutputs);
  for (const Batch& batch : kBatches) sink.write(batch.views());
  sink.finish();
}

void write_scores(Sink& sink, std::int64_t promised_rows) {
  sink.open(std::vector<TensorSpec>{{"scores", DType::kFloat32, {promised_rows, 2}}});
  for (const Batch& batch : kBatches) sink.write(std::vector{batch.views()[0]});
  sink.finish();
}

const std::vector<double> kScores = {0.1F, -3, 1e-20F, 16777216, 0.5, 1e30F};

TEST(NpySink, WritesWhatTheSourceReads) {
  const TemporaryFolder folder;
  for (const std::int64_t promised : {std::int64_t{3}, kFree}) {
    write_scores(*sink_to(folder / "out.npy"), promised);
    const auto source = open_files({folder / "out.npy"});
    EXPECT_EQ(source->tensors()[0].shape, (Shape{3, 2}));
    EXPECT_EQ(read_all(*source)[0], kScores);
  }
}

TEST(NpySink, PutsTheRealNumberOfRowsIntoTheHeader) {
  const TemporaryFolder folder;
  write_scores(*sink_to(folder / "out.npy"), 1000);
  EXPECT_EQ(open_files({folder / "out.npy"})->tensors()[0].shape, (Shape{3, 2}));
}

TEST(NpySink, WritesTheBytesThatNumPyWrites) {
  const TemporaryFolder folder;
  const auto sink = sink_to(folder / "out.npy");
  sink->open(std::vector<TensorSpec>{{"y", DType::kFloat32, {5, 2}}});
  sink->write(open_files({fixture("version_1.npy")})->next(5));
  sink->finish();
  EXPECT_EQ(contents(folder / "out.npy"), contents(fixture("version_1.npy")));
}

TEST(NpySink, LearnsFreeAxesFromTheFirstRows) {
  const TemporaryFolder folder;
  const auto sink = sink_to(folder / "out.npy");
  sink->open(std::vector<TensorSpec>{{"scores", DType::kFloat32, {kFree, kFree}}});
  sink->write(std::vector{kBatches[0].views()[0]});
  const std::vector<float> other(3);
  const std::vector<TensorView> longer = {{other.data(), DType::kFloat32, {1, 3}}};
  EXPECT_EQ(error_of([&] { sink->write(longer); }).code(), ErrorCode::kInvalidArgument);
  sink->finish();
  EXPECT_EQ(open_files({folder / "out.npy"})->tensors()[0].shape, (Shape{2, 2}));
}

TEST(NpySink, RefusesSeveralOutputs) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { sink_to(folder / "out.npy")->open(kOutputs); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("out.npy: an npy file holds one array and the model has 2"));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(NpzSink, HoldsEachOutputUnderItsName) {
  const TemporaryFolder folder;
  write_batches(*sink_to(folder / "out.npz"));
  const auto source = open_files({folder / "out.npz"});
  ASSERT_EQ(source->tensors().size(), 2U);
  EXPECT_EQ(source->tensors()[0].name, "scores");
  EXPECT_EQ(source->tensors()[1].name, "labels");
  EXPECT_EQ(source->tensors()[1].dtype, DType::kInt32);
  const auto tensors = read_all(*source);
  EXPECT_EQ(tensors[0], kScores);
  EXPECT_THAT(tensors[1], ElementsAre(7, -8, 9));
  EXPECT_THAT(folder.files(), ElementsAre("out.npz"));
}

TEST(NpzSink, MakesNamesHarmlessAndKeepsThemApart) {
  const TemporaryFolder folder;
  const auto sink = sink_to(folder / "out.npz");
  sink->open(std::vector<TensorSpec>{{"../head:0", DType::kFloat32, {kFree}},
                                     {".._head_0", DType::kFloat32, {kFree}}});
  sink->finish();
  const auto source = open_files({folder / "out.npz"});
  EXPECT_EQ(source->tensors()[0].name, ".._head_0");
  EXPECT_EQ(source->tensors()[1].name, ".._head_0_1");
}

TEST(CsvSink, WritesAHeaderAndNumbersThatReadBack) {
  const TemporaryFolder folder;
  write_batches(*sink_to(folder / "out.csv"));
  EXPECT_EQ(contents(folder / "out.csv"),
            "scores_0,scores_1,labels_0\n"
            "0.1,-3,7\n"
            "1e-20,16777216,-8\n"
            "0.5,1e+30,9\n");
}

TEST(CsvSink, SeparatesWithTabsForTsvAndQuotesNamesThatNeedIt) {
  const TemporaryFolder folder;
  const auto sink = sink_to(folder / "out.tsv");
  sink->open(std::vector<TensorSpec>{{"a\tb\"c", DType::kFloat32, {kFree, 2}}});
  sink->finish();
  EXPECT_EQ(contents(folder / "out.tsv"), "\"a\tb\"\"c_0\"\t\"a\tb\"\"c_1\"\n");
}

TEST(CsvSink, WritesWhatIsNoNumber) {
  const TemporaryFolder folder;
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {std::nanf(""), -std::nanf(""), infinity, -infinity};
  const auto sink = sink_to(folder / "out.csv");
  sink->open(std::vector<TensorSpec>{{"y", DType::kFloat32, {kFree, 4}}});
  sink->write(std::vector<TensorView>{{values, DType::kFloat32, {1, 4}}});
  sink->finish();
  EXPECT_THAT(contents(folder / "out.csv"), HasSubstr("\nnan,nan,inf,-inf\n"));
}

TEST(CsvSink, RefusesRowsOfAnotherLength) {
  const TemporaryFolder folder;
  const std::vector<float> values(6);
  const auto sink = sink_to(folder / "out.csv");
  sink->open(std::vector<TensorSpec>{{"y", DType::kFloat32, {kFree, kFree}}});
  sink->write(std::vector<TensorView>{{values.data(), DType::kFloat32, {3, 2}}});
  const std::vector<TensorView> longer = {{values.data(), DType::kFloat32, {2, 3}}};
  EXPECT_EQ(error_of([&] { sink->write(longer); }).code(), ErrorCode::kInvalidArgument);
}

TEST(JsonlSink, WritesAnObjectForEachRow) {
  const TemporaryFolder folder;
  write_batches(*sink_to(folder / "out.jsonl"));
  EXPECT_EQ(contents(folder / "out.jsonl"),
            "{\"scores\": [0.1, -3], \"labels\": 7}\n"
            "{\"scores\": [1e-20, 16777216], \"labels\": -8}\n"
            "{\"scores\": [0.5, 1e+30], \"labels\": 9}\n");
}

TEST(JsonlSink, NestsListsAndKnowsNoNan) {
  const TemporaryFolder folder;
  const float values[] = {1, std::nanf(""), 3, 4};
  const std::uint8_t flags[] = {1};
  const auto sink = sink_to(folder / "out.jsonl");
  sink->open(std::vector<TensorSpec>{{"\"q\"\n", DType::kFloat32, {kFree, 2, 2}},
                                     {"flag", DType::kBool, {kFree}}});
  sink->write(
      std::vector<TensorView>{{values, DType::kFloat32, {1, 2, 2}}, {flags, DType::kBool, {1}}});
  sink->finish();
  EXPECT_EQ(contents(folder / "out.jsonl"),
            "{\"\\\"q\\\"\\u000a\": [[1, null], [3, 4]], \"flag\": true}\n");
}

TEST(OpenSink, WritesLargeBatchesThroughItsBlock) {
  const TemporaryFolder folder;
  const std::vector<float> values(100000, 0.123456789F);
  const auto sink = sink_to(folder / "out.csv");
  sink->open(std::vector<TensorSpec>{{"y", DType::kFloat32, {kFree, 1}}});
  sink->write(std::vector<TensorView>{{values.data(), DType::kFloat32, {100000, 1}}});
  sink->finish();
  EXPECT_EQ(read_all(*open_files({folder / "out.csv"}), 999)[0],
            std::vector<double>(100000, 0.123456789F));
}

TEST(OpenSink, AsksForANameThatSaysTheFormat) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { sink_to(folder / "out"); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(OpenSink, NamesTheFileOfAFullDisk) {
  for (const auto format :
       {FileFormat::kCsv, FileFormat::kNpy, FileFormat::kNpz, FileFormat::kJsonl}) {
    const auto sink = sink_to("/dev/full", format);
    const Error error = error_of([&] { write_scores(*sink, 3); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.place().file, "/dev/full");
  }
}

TEST(OpenSink, LeavesWhatWasThereWhenItIsAbandoned) {
  const TemporaryFolder folder;
  for (const char* name : {"out.npy", "out.npz", "out.csv", "out.jsonl"}) {
    folder.write(name, "before");
    const auto sink = sink_to(folder / name);
    sink->open(std::vector<TensorSpec>{{"scores", DType::kFloat32, {kFree, 2}}});
    sink->write(std::vector{kBatches[0].views()[0]});
  }
  for (const char* name : {"out.npy", "out.npz", "out.csv", "out.jsonl"}) {
    EXPECT_EQ(contents(folder / name), "before");
  }
  EXPECT_EQ(folder.files().size(), 4U);
}

// Standard output is a file for the life of this object.
class CapturedOutput {
 public:
  explicit CapturedOutput(const std::string& path) : saved_(dup(STDOUT_FILENO)) {
    fflush(stdout);
    FILE* file = fopen(path.c_str(), "wb");
    dup2(fileno(file), STDOUT_FILENO);
    fclose(file);
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;
  ~CapturedOutput() {
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

TEST(OpenSink, DoesNotKeepTheReaderOfAPipeWaiting) {
  const TemporaryFolder folder;
  const CapturedOutput captured(folder / "rows.csv");
  const auto sink = sink_to("-");
  sink->open(std::vector<TensorSpec>{{"scores", DType::kFloat32, {kFree, 2}}});
  sink->write(std::vector{kBatches[0].views()[0]});
  EXPECT_EQ(contents(folder / "rows.csv"), "scores_0,scores_1\n0.1,-3\n1e-20,16777216\n");
}

TEST(OpenSink, WritesTablesAndArraysToStandardOutput) {
  const TemporaryFolder folder;
  for (const char* name : {"rows.csv", "rows.npy", "rows.npz"}) {
    const CapturedOutput captured(folder / name);
    write_scores(*sink_to("-", format_of_name(name)), kFree);
  }
  for (const char* name : {"rows.csv", "rows.npy", "rows.npz"}) {
    EXPECT_EQ(read_all(*open_files({folder / name}))[0], kScores) << name;
  }
}

}  // namespace
}  // namespace weir::testing
