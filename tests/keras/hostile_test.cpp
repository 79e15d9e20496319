#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "keras/load.h"
#include "weir/error.h"

namespace weir::keras {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kHostile = std::filesystem::path(WEIR_TESTS_DIR) / "hostile";
constexpr std::chrono::seconds kMostTime{2};
constexpr long kMostKibibytes = 200 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// The code and the message of the error, on two lines; "loaded" where there is none.
std::string try_to_load(const std::filesystem::path& path) {
  try {
    load_model_file(path);
    return "loaded\n";
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + "\n" + error.what();
  } catch (const std::exception& error) {
    return std::string("not an Error\n") + error.what();
  }
}

struct Outcome {
  std::string text;
  int status = 0;
  long peak_kibibytes = 0;
};

/// In a process of its own, whose peak of memory is its own and whose crash is only a result.
Outcome load_in_child(const std::filesystem::path& path) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = try_to_load(path);
    const bool written = write(ends[1], text.data(), text.size()) >= 0;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    outcome.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  rusage usage{};
  wait4(child, &outcome.status, 0, &usage);
  outcome.peak_kibibytes = usage.ru_maxrss;
  return outcome;
}

Json expected() {
  std::ifstream file(kHostile / "expected.json");
  return Json::parse(file);
}

class HostileModel : public ::testing::TestWithParam<std::string> {};

TEST_P(HostileModel, IsOnlyAnError) {
  const Json wanted = expected().at(GetParam());
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = load_in_child(kHostile / GetParam());
  const auto time = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(outcome.status, 0);
  if (wanted.at("stage") == "load") {
    EXPECT_THAT(outcome.text, ::testing::StartsWith(wanted.at("code").get<std::string>() + "\n"));
    EXPECT_THAT(outcome.text, HasSubstr(wanted.at("phrase").get<std::string>()));
    EXPECT_THAT(outcome.text, HasSubstr(GetParam()));
  } else {
    EXPECT_EQ(outcome.text, "loaded\n");
  }
  if (!kSanitized) {
    EXPECT_LT(time, kMostTime);
    EXPECT_LT(outcome.peak_kibibytes, kMostKibibytes);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  const Json files = expected();
  for (const auto& [name, outcome] : files.items()) all.push_back(name);
  return all;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Load, HostileModel, ::testing::ValuesIn(names()), test_name);

TEST(HostileModels, AreAtLeastSixtyAndNoFileIsForgotten) {
  const Json files = expected();
  EXPECT_GE(files.size(), 60U);
  for (const auto& entry : std::filesystem::directory_iterator(kHostile)) {
    const std::string extension = entry.path().extension();
    if (extension != ".keras" && extension != ".h5") continue;
    EXPECT_TRUE(files.contains(entry.path().filename().string())) << entry.path();
  }
}

}  // namespace
}  // namespace weir::keras
