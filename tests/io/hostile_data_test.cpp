#include <unistd.h>

#include <chrono>

#include "io/io_testing.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kMostTime{2};
constexpr std::size_t kMostKibibytes = 200 * 1024;

struct HostileFile {
  std::string name;
  std::string code;
  std::string phrase;
};

std::string data_folder() { return std::string(WEIR_TESTS_DIR) + "/hostile/data/"; }

// See tools/hostile/make_hostile_data.py.
std::vector<HostileFile> hostile_files() {
  std::vector<HostileFile> files;
  std::ifstream table(data_folder() + "expected.tsv");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    HostileFile file;
    std::getline(fields, file.name, '\t');
    std::getline(fields, file.code, '\t');
    std::getline(fields, file.phrase);
    files.push_back(file);
  }
  return files;
}

// The most memory that was resident since the peak was forgotten.
std::size_t peak_kibibytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t value = 0;
    if (word == "VmHWM:" && status >> value) return value;
  }
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// Reads a file to its end; nothing may take long or take much memory on the way to the error.
Error error_of_reading(const std::string& path) {
  forget_peak();
  const std::size_t memory_before = peak_kibibytes();
  const auto begin = std::chrono::steady_clock::now();
  const Error error = error_of([&] { read_all(*open_files({path}), 32); });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kMostTime) << path;
  EXPECT_LT(peak_kibibytes() - memory_before, kMostKibibytes) << path;
  EXPECT_THAT(error.what(), ::testing::StartsWith(path));
  return error;
}

TEST(HostileData, IsOnlyATypedErrorThatNamesTheFile) {
  const auto files = hostile_files();
  ASSERT_GE(files.size(), 50U);
  for (const HostileFile& file : files) {
    const Error error = error_of_reading(data_folder() + file.name);
    EXPECT_EQ(to_string(error.code()), file.code) << error.what();
    EXPECT_THAT(error.message(), HasSubstr(file.phrase)) << file.name;
  }
}

TEST(HostileData, HasNoFileThatTheTableDoesNotKnow) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder())) {
    files += entry.path().filename() != "expected.tsv" ? 1 : 0;
  }
  EXPECT_EQ(files, hostile_files().size());
}

TEST(HostileData, MayHaveALineOf100Megabytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("line.csv", "1,2\n");
  ASSERT_EQ(truncate(path.c_str(), 100'000'000), 0);
  const Error error = error_of_reading(path);
  EXPECT_EQ(error.code(), ErrorCode::kMalformed);
  EXPECT_THAT(error.message(), HasSubstr("line 2"));
}

TEST(HostileData, MayHaveMillionsOfColumns) {
  const TemporaryFolder folder;
  const std::string path = folder.write("columns.csv", std::string(10'000'000, ','));
  EXPECT_EQ(error_of_reading(path).code(), ErrorCode::kMalformed);
}

TEST(HostileData, MayOpenAQuoteAndNeverCloseIt) {
  const TemporaryFolder folder;
  std::string text = "\"";
  while (text.size() < 40'000'000) text += "1,2\n";
  EXPECT_EQ(error_of_reading(folder.write("quote.csv", text)).code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace weir::testing
