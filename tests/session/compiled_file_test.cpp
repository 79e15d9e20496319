#include "session/compiled_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/crc32.h"
#include "support/prediction.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// A folder of its own for each test, gone after it.
class CompiledFileTest : public ::testing::Test {
 protected:
  CompiledFileTest() {
    std::string name = std::filesystem::temp_directory_path() / "weir-compiled-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~CompiledFileTest() override { std::filesystem::remove_all(folder_); }

  /// The golden case's model, compiled; the path of the file.
  std::filesystem::path compiled(const GoldenCase& golden) const {
    const std::filesystem::path path = folder_ / "m.weir";
    Model::load(golden.model.bytes, golden.name)
        .save_compiled(path, {.row_shapes = row_shapes(views(golden.inputs))});
    return path;
  }

  std::filesystem::path folder_;
};

Outputs predict_with(const Model& model, const GoldenCase& golden, SessionOptions options = {}) {
  const auto inputs = views(in_order(golden.inputs, model.inputs()));
  options.threads = 2;
  options.row_shapes = row_shapes(inputs);
  Session session(model, options);
  return predict(session, inputs);
}

std::vector<char> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

/// Changes a bit of each byte of the largest packed weight.
void damage_a_weight(const std::filesystem::path& path) {
  const SharedBytes file = map_file(path);
  std::span<const std::byte> largest;
  for (const auto& [name, data] : session::CompiledFile(file).usable()) {
    if (data.bytes.size() > largest.size()) largest = data.bytes;
  }
  std::vector<char> bytes = read_file(path);
  const auto begin = bytes.begin() + (largest.data() - file.bytes.data());
  for (auto at = begin; at != begin + std::ssize(largest); ++at) *at ^= 0x40;
  write_file(path, bytes);
}

template <typename T>
T number_at(const std::vector<char>& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

void set_number(std::vector<char>& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

std::uint32_t crc_of(const std::vector<char>& bytes, std::size_t begin, std::size_t count) {
  return crc32_of(std::as_bytes(std::span(bytes).subspan(begin, count)));
}

/// Gives all packed weights another layout's number, and the file the checksums that go with it.
void set_layout(std::vector<char>& bytes, std::uint32_t layout) {
  constexpr std::size_t kDirectoryBytes = 24;
  constexpr std::size_t kDirectoryCrc = 32;
  constexpr std::size_t kHeaderCrc = 72;
  constexpr std::size_t kHeader = 76;
  const auto directory_bytes = number_at<std::uint64_t>(bytes, kDirectoryBytes);
  for (std::size_t at = kHeader; at < kHeader + directory_bytes;) {
    set_number(bytes, at + 20, layout);
    at += 28 + number_at<std::uint32_t>(bytes, at + 24);
  }
  set_number(bytes, kDirectoryCrc, crc_of(bytes, kHeader, directory_bytes));
  set_number(bytes, kHeaderCrc, crc_of(bytes, 0, kHeaderCrc));
}

TEST_F(CompiledFileTest, PredictsTheSameBitsInEveryWeightsMode) {
  for (const GoldenName& name :
       {GoldenName{"models", "tiny_resnet"}, GoldenName{"models", "free_spatial_shape"}}) {
    const GoldenCase golden = read_golden(name);
    const Outputs expected = predict_with(Model::load(golden.model.bytes, name.name), golden);
    const Model model = Model::load(compiled(golden));
    EXPECT_EQ(predict_with(model, golden), expected) << name.name;
    EXPECT_EQ(predict_with(model, golden, {.weights = WeightsMode::kStream}), expected)
        << name.name;
    EXPECT_EQ(model.summary().parameters,
              Model::load(golden.model.bytes, name.name).summary().parameters);
  }
}

TEST_F(CompiledFileTest, HasAllWeightsThatASessionNeeds) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const Model original = Model::load(golden.model.bytes, golden.name);
  Session session(original, {.threads = 1});
  const SharedBytes file = map_file(compiled(golden));
  std::uint64_t bytes = 0;
  for (const auto& [name, data] : session::CompiledFile(file).usable()) bytes += data.bytes.size();
  EXPECT_EQ(bytes, session.plan().weights_bytes);
}

TEST_F(CompiledFileTest, IsWhatPredictionsReadTheirWeightsFrom) {
  // The second one's largest weight is Winograd's, which only resident weights have.
  for (const GoldenName& name : {GoldenName{"models", "tiny_resnet"},
                                 GoldenName{"wide_convolution", "wide_residual_block"}}) {
    const GoldenCase golden = read_golden(name);
    const std::filesystem::path path = compiled(golden);
    const Outputs expected = predict_with(Model::load(path), golden);
    damage_a_weight(path);
    const Model damaged = Model::load(path);
    EXPECT_NE(predict_with(damaged, golden), expected) << name.name;
    EXPECT_THAT([&] { damaged.verify(); }, ThrowsMessage<Error>(HasSubstr("wrong checksum")));
  }
}

TEST_F(CompiledFileTest, VerifiesTheKerasModelInIt) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const std::filesystem::path path = compiled(golden);
  Model::load(path).verify();
  const SharedBytes file = map_file(path);
  const SharedBytes original = session::CompiledFile(file).original();
  std::vector<char> bytes = read_file(path);
  // In the middle are weights, and not the structures, which are read when it is loaded.
  const auto begin = bytes.begin() + (original.bytes.data() - file.bytes.data());
  begin[std::ssize(original.bytes) / 2] ^= 0x01;
  write_file(path, bytes);
  EXPECT_THROW(Model::load(path).verify(), Error);
}

TEST_F(CompiledFileTest, WithoutAWeightHasItPackedFromTheKerasModelInIt) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const std::filesystem::path path = compiled(golden);
  const Outputs expected = predict_with(Model::load(path), golden);
  const SharedBytes original = session::CompiledFile(map_file(path)).original();
  const std::filesystem::path bare = folder_ / "bare.weir";
  AtomicFile out(bare);
  session::write_compiled_file(original, {}, out);
  out.finish();
  EXPECT_EQ(predict_with(Model::load(bare), golden), expected);
}

TEST_F(CompiledFileTest, OfAnotherLayoutIsPackedAnew) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const std::filesystem::path path = compiled(golden);
  const Outputs expected = predict_with(Model::load(path), golden);
  damage_a_weight(path);
  std::vector<char> bytes = read_file(path);
  set_layout(bytes, 9999);
  write_file(path, bytes);
  EXPECT_EQ(predict_with(Model::load(path), golden), expected);
}

TEST_F(CompiledFileTest, CompilesAgain) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const std::filesystem::path path = compiled(golden);
  const std::filesystem::path again = folder_ / "again.weir";
  Model::load(path).save_compiled(again);
  EXPECT_EQ(read_file(again), read_file(path));
}

TEST_F(CompiledFileTest, OfAnArchitectureMakesNoSense) {
  const SharedBytes json = read_application("MobileNetV2.json");
  const Model model = Model::load(json.bytes, "MobileNetV2.json");
  EXPECT_THAT([&] { model.save_compiled(folder_ / "m.weir"); },
              ThrowsMessage<Error>(HasSubstr("no weights")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace
}  // namespace weir::testing
