#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "io/io_testing.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kFree = Shape::kFree;

std::vector<TensorSpec> one_input(const Shape& shape) { return {{"x", DType::kFloat32, shape}}; }

const std::vector<TensorSpec> kTwoInputs = {{"a", DType::kFloat32, {kFree, 2}},
                                            {"b", DType::kFloat32, {kFree, 2}}};

TEST(OpenSource, NamesTensorsAfterTheInputs) {
  const auto inputs = one_input({kFree, 2});
  const auto source = open_files({fixture("version_1.npy")}, inputs);
  EXPECT_EQ(source->tensors()[0].name, "x");
  EXPECT_EQ(source->tensors()[0].shape, (Shape{5, 2}));
}

TEST(OpenSource, ComparesShapes) {
  const auto inputs = one_input({kFree, 28, 28, 1});
  const Error error = error_of([&] { open_files({fixture("images.npy")}, inputs); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("images.npy: input 'x' wants (None, 28, 28, 1), the file has "
                                      "(2, 3, 3)"));
}

TEST(OpenSource, AddsOrTakesALastAxisOfOneAsKerasDoes) {
  EXPECT_EQ(open_files({fixture("images.npy")}, one_input({kFree, 3, 3, 1}))->tensors()[0].shape,
            (Shape{2, 3, 3, 1}));
  EXPECT_EQ(open_files({fixture("one_axis.npy")}, one_input({kFree, 1}))->next(9)[0].shape,
            (Shape{4, 1}));
}

TEST(OpenSource, SaysWhatToDoAboutAShape) {
  const auto advice = [](const char* file, const Shape& wanted) {
    return error_of([&] { open_files({fixture(file)}, one_input(wanted)); }).message();
  };
  EXPECT_THAT(advice("images.npy", {kFree, 2, 3, 3}), HasSubstr("array[None]"));
  EXPECT_THAT(advice("images.npy", {kFree, 9}), HasSubstr("array.reshape((-1, 9))"));
  EXPECT_THAT(advice("channels_first.npy", {kFree, 4, 4, 3}), HasSubstr("moveaxis(array, 1, -1)"));
}

TEST(OpenSource, TakesOneFileForEachInputInOrderOrByName) {
  const std::string first = fixture("version_1.npy");
  const std::string second = fixture("version_2.npy");
  const auto in_order = open_files({first, second}, kTwoInputs);
  EXPECT_EQ(in_order->tensors().size(), 2U);
  const auto by_name = open_files({"b=" + second, "a=" + first}, kTwoInputs);
  EXPECT_EQ(by_name->tensors()[0].name, "a");
  EXPECT_EQ(read_all(*by_name)[1], counting(10));
}

TEST(OpenSource, RefusesWrongNames) {
  const std::string file = fixture("version_1.npy");
  EXPECT_THAT(error_of([&] {
                open_files({"c=" + file, "a=" + file}, kTwoInputs);
              }).message(),
              HasSubstr("no input 'c'; it has: a, b"));
  EXPECT_THAT(error_of([&] {
                open_files({"a=" + file, "a=" + file}, kTwoInputs);
              }).message(),
              HasSubstr("'a' is given 2 times"));
  EXPECT_THAT(error_of([&] { open_files({"a=" + file}, kTwoInputs); }).message(),
              HasSubstr("'b' is given 0 times"));
  EXPECT_THAT(error_of([&] {
                open_files({"a=" + file, file}, kTwoInputs);
              }).message(),
              HasSubstr("give all as NAME=FILE"));
  EXPECT_THAT(error_of([&] {
                open_files({file, file, file}, kTwoInputs);
              }).message(),
              HasSubstr("3 files are given and the model has 2 inputs"));
  EXPECT_THAT(error_of([&] { open_files({file}, kTwoInputs); }).message(),
              HasSubstr("the model has 2 inputs"));
}

TEST(OpenSource, RefusesFilesOfDifferentLengths) {
  const TemporaryFolder folder;
  const std::string longer = fixture("version_1.npy");
  const std::string table = folder.write("short.csv", "1,2\n3,4\n");
  const auto source = open_files({longer, table}, kTwoInputs);
  const Error error = error_of([&] { read_all(*source); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("short.csv: has 2 rows where"));
  EXPECT_THAT(error_of([&] {
                open_files({longer, fixture("type_f4.npy")}, kTwoInputs);
              }).message(),
              HasSubstr("has 3 rows"));
}

TEST(OpenSource, NamesAMissingFile) {
  const Error error = error_of([] { open_files({"no/such/file.npy"}); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.place().file, "no/such/file.npy");
}

TEST(OpenSource, ReadsAFileWhoseNameHasSignsInIt) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a=b:c.csv", "1,2\n");
  EXPECT_EQ(read_all(*open_files({path}))[0].size(), 2U);
}

TEST(OpenSource, LooksIntoFilesWithoutATellingName) {
  const TemporaryFolder folder;
  const auto path = folder.write("data", contents(fixture("version_1.npy")));
  EXPECT_EQ(read_all(*open_files({path}))[0], counting(10));
  const auto archive = folder.write("archive", contents(fixture("deflated.npz")));
  EXPECT_EQ(open_files({archive})->tensors().size(), 2U);
}

TEST(OpenSource, RefusesFolders) {
  EXPECT_EQ(error_of([] { open_files({fixture("")}); }).code(), ErrorCode::kIo);
}

// A FIFO with a writer of its own.
class Pipe {
 public:
  Pipe(const TemporaryFolder& folder, std::string text) : path_(folder / "pipe") {
    mkfifo(path_.c_str(), S_IRUSR | S_IWUSR);
    writer_ = std::thread(
        [this, content = std::move(text)] { std::ofstream(path_, std::ios::binary) << content; });
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { writer_.join(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::thread writer_;
};

TEST(OpenSource, ReadsNpyAndTablesFromPipes) {
  const TemporaryFolder folder;
  {
    const Pipe pipe(folder, contents(fixture("version_1.npy")));
    EXPECT_EQ(read_all(*open_files({pipe.path()}))[0], counting(10));
  }
  std::filesystem::remove(folder / "pipe");
  const Pipe pipe(folder, "x,y\n1,2\n");
  EXPECT_EQ(read_all(*open_files({pipe.path()}))[0].size(), 2U);
}

TEST(OpenSource, RefusesAnArchiveFromAPipe) {
  const TemporaryFolder folder;
  const Pipe pipe(folder, contents(fixture("stored.npz")));
  EXPECT_EQ(error_of([&] { open_files({pipe.path()}); }).code(), ErrorCode::kUnsupported);
}

TEST(OpenSource, GivesUpWaitingForAPipeOnRequest) {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  mkfifo(path.c_str(), S_IRUSR | S_IWUSR);
  const int writer = open(path.c_str(), O_RDWR | O_CLOEXEC);
  std::atomic<bool> stop = false;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  InputOptions options;
  options.inputs = {path};
  options.stop = &stop;
  EXPECT_EQ(error_of([&] { open_source(options); }).code(), ErrorCode::kCancelled);
  stopper.join();
  close(writer);
}

}  // namespace
}  // namespace weir::testing
