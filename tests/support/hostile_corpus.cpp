#include "support/hostile_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/child_process.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Open = std::function<void(const std::filesystem::path&)>;

constexpr std::chrono::seconds kMostTime{2};
constexpr long kMostKibibytes = 200 * 1024;

/// The code and the message of the error, on two lines; "no error" where there is none.
std::string try_to_open(const std::filesystem::path& path, const Open& open) {
  try {
    open(path);
    return "no error\n";
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + "\n" + error.what();
  }
}

std::string open_within_limits(const HostileFile& file, const Open& open) {
  const ChildOutcome outcome =
      run_in_child([&] { return try_to_open(hostile_folder() / file.name, open); });
  EXPECT_EQ(outcome.status, 0);
  if (!kSanitized) {
    EXPECT_LT(outcome.time, kMostTime);
    EXPECT_LT(outcome.peak_kibibytes, kMostKibibytes);
  }
  return outcome.text;
}

}  // namespace

void PrintTo(const HostileFile& file, std::ostream* out) { *out << file.name; }

std::filesystem::path hostile_folder() { return std::filesystem::path(WEIR_TESTS_DIR) / "hostile"; }

std::vector<HostileFile> hostile_files() {
  std::ifstream file(hostile_folder() / "expected.json");
  std::vector<HostileFile> files;
  const auto expected = nlohmann::json::parse(file);
  for (const auto& [name, outcome] : expected.items()) {
    files.push_back({name, outcome.at("code"), outcome.at("phrase"), outcome.at("stage")});
  }
  return files;
}

std::string hostile_test_name(const ::testing::TestParamInfo<HostileFile>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

void expect_only_an_error(const HostileFile& file, const Open& open) {
  const std::string text = open_within_limits(file, open);
  EXPECT_THAT(text, StartsWith(file.code + "\n"));
  EXPECT_THAT(text, HasSubstr(file.phrase));
  EXPECT_THAT(text, HasSubstr(file.name));
}

void expect_no_error(const HostileFile& file, const Open& open) {
  EXPECT_EQ(open_within_limits(file, open), "no error\n");
}

}  // namespace weir::testing
