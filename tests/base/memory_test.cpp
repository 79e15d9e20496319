#include "base/memory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/fail.h"
#include "base/mapped_file.h"

namespace weir {
namespace {

TEST(AlignedBuffer, IsAlignedAndZero) {
  const AlignedBuffer buffer(1000);
  EXPECT_EQ(buffer.size(), 1000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % kAlignment, 0U);
  const auto bytes = buffer.as<std::uint8_t>();
  EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST(AlignedBuffer, OfNothingHasNoBytes) {
  EXPECT_EQ(AlignedBuffer().size(), 0U);
  EXPECT_TRUE(AlignedBuffer(0).as<float>().empty());
}

TEST(AlignedBuffer, MovesWithItsBytes) {
  AlignedBuffer first(64);
  first.as<int>()[3] = 7;
  const std::byte* address = first.data();
  AlignedBuffer second(std::move(first));
  EXPECT_EQ(second.data(), address);
  AlignedBuffer third;
  third = std::move(second);
  EXPECT_EQ(third.as<int>()[3], 7);
}

TEST(AlignedBuffer, ThatIsTooLargeForTheMachineIsALimit) {
  try {
    AlignedBuffer buffer(std::size_t{1} << 62);
    ADD_FAILURE() << "the kernel gave it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
  }
}

class MapFile : public ::testing::Test {
 protected:
  MapFile() { std::filesystem::create_directories(folder_); }
  ~MapFile() override { std::filesystem::remove_all(folder_); }

  static ErrorCode refusal(const std::filesystem::path& path) {
    try {
      map_file(path);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("weir_map_" + std::to_string(getpid()));
};

TEST_F(MapFile, GivesTheBytesAsLongAsTheyAreHeld) {
  const std::filesystem::path path = folder_ / "bytes";
  std::ofstream(path) << "weir";
  SharedBytes part = map_file(path).subspan(1, 2);
  std::filesystem::remove(path);
  ASSERT_EQ(part.bytes.size(), 2U);
  EXPECT_EQ(part.bytes[0], std::byte{'e'});
  EXPECT_EQ(part.bytes[1], std::byte{'i'});
}

TEST_F(MapFile, OfNoBytesIsEmpty) {
  std::ofstream(folder_ / "empty");
  EXPECT_TRUE(map_file(folder_ / "empty").bytes.empty());
}

TEST_F(MapFile, RefusesWhatIsNoFile) {
  EXPECT_EQ(refusal(folder_ / "missing"), ErrorCode::kNotFound);
  EXPECT_EQ(refusal(folder_), ErrorCode::kIo);
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder_ / "fifo"), ErrorCode::kIo) << "or it waits for ever";
}

TEST_F(MapFile, PagesComeBackAfterTheyWereDropped) {
  const std::filesystem::path path = folder_ / "pages";
  std::ofstream(path) << std::string(20000, 'w');
  const SharedBytes file = map_file(path);
  drop_pages(file.bytes);
  EXPECT_TRUE(std::all_of(file.bytes.begin(), file.bytes.end(),
                          [](std::byte byte) { return byte == std::byte{'w'}; }));
}

}  // namespace
}  // namespace weir
