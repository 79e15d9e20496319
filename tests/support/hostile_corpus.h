#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace weir::testing {

/// A model file of tests/hostile and the error that it must be.
struct HostileFile {
  std::string name;
  std::string code;    ///< Of the error, as `to_string(ErrorCode)` spells it.
  std::string phrase;  ///< In the error's message.
  /// "load": reading it fails; "build": it reads well and makes no sense; "compiled": reading it
  /// fails, and it is a `.weir`.
  std::string stage;
};

void PrintTo(const HostileFile& file, std::ostream* out);

/// Where the files are.
std::filesystem::path hostile_folder();

/// What tests/hostile/expected.json lists.
std::vector<HostileFile> hostile_files();

/// The file's name as a test may be called.
std::string hostile_test_name(const ::testing::TestParamInfo<HostileFile>& info);

/// Expects that `open`, given the file's path in a process of its own, throws the error that the
/// file must be, naming the file, within two seconds and 200 MB.
void expect_only_an_error(const HostileFile& file,
                          const std::function<void(const std::filesystem::path&)>& open);

/// Expects that `open` throws nothing, within the same limits.
void expect_no_error(const HostileFile& file,
                     const std::function<void(const std::filesystem::path&)>& open);

}  // namespace weir::testing
