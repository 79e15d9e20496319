#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "io/open_source.h"
#include "weir/error.h"
#include "weir/stream.h"

namespace weir::testing {

inline std::string fixture(const std::string& name) {
  return std::string(WEIR_TESTS_DIR) + "/io/data/" + name;
}

inline std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A folder of its own for a test, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

 private:
  std::filesystem::path path_;
};

/// Text that comes in pieces of a given size, as from a pipe.
class PiecewiseReader final : public ByteReader {
 public:
  explicit PiecewiseReader(std::string text, std::size_t piece = 3)
      : text_(std::move(text)), piece_(piece) {}

  std::size_t read_some(std::span<std::byte> into) override {
    const std::size_t count = std::min({piece_, into.size(), text_.size() - at_});
    std::copy_n(std::as_bytes(std::span(text_)).begin() + static_cast<std::ptrdiff_t>(at_), count,
                into.begin());
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

double element(const TensorView& tensor, std::size_t index);

/// The elements of a tensor of strings.
std::vector<std::string> strings_of(const TensorView& tensor);

/// The rest of a source, its tensors one after the other, each whole, read `batch` rows at a time.
std::vector<std::vector<double>> read_all(Source& source, std::size_t batch = 2);

/// -3, -2, -1, 0, …: what the fixtures hold.
std::vector<double> counting(std::size_t count);

std::unique_ptr<Source> open_files(std::vector<std::string> files,
                                   std::span<const TensorSpec> expected = {});

/// What `action` throws; a failure of the test when it throws nothing.
Error error_of(const std::function<void()>& action);

}  // namespace weir::testing
