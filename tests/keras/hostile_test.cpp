#include <gtest/gtest.h>

#include <algorithm>

#include "keras/load.h"
#include "support/hostile_corpus.h"

namespace weir::testing {
namespace {

class HostileModel : public ::testing::TestWithParam<HostileFile> {};

TEST_P(HostileModel, IsOnlyAnError) {
  const auto load = [](const std::filesystem::path& path) { keras::load_model_file(path); };
  if (GetParam().stage == "load") {
    expect_only_an_error(GetParam(), load);
  } else {
    expect_no_error(GetParam(), load);
  }
}

/// Without the compiled models, which this folder does not read.
std::vector<HostileFile> keras_files() {
  std::vector<HostileFile> files = hostile_files();
  std::erase_if(files, [](const HostileFile& file) { return file.stage == "compiled"; });
  return files;
}

INSTANTIATE_TEST_SUITE_P(Load, HostileModel, ::testing::ValuesIn(keras_files()), hostile_test_name);

TEST(HostileModels, AreAtLeastSixtyAndNoFileIsForgotten) {
  const std::vector<HostileFile> files = hostile_files();
  EXPECT_GE(files.size(), 60U);
  for (const auto& entry : std::filesystem::directory_iterator(hostile_folder())) {
    const std::string extension = entry.path().extension();
    if (extension != ".keras" && extension != ".h5" && extension != ".weir") continue;
    const std::string name = entry.path().filename();
    EXPECT_TRUE(std::any_of(files.begin(), files.end(), [&](const HostileFile& file) {
      return file.name == name;
    })) << name;
  }
}

}  // namespace
}  // namespace weir::testing
