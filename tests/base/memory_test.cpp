#include "base/memory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/fail.h"
#include "base/file_watch.h"
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

/// The message of the error that a mapped file which lost its end is; "" where all is there.
template <typename Check>
std::string loss(const Check& check) {
  try {
    check();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    return error.what();
  }
  return "";
}

/// Handles SIGBUS as a program is told to.
class LostBytesHandler {
 public:
  LostBytesHandler() {
    struct sigaction action {};
    action.sa_sigaction = [](int number, siginfo_t* info, void* /*context*/) {
      if (!replace_lost_bytes(info->si_addr)) std::signal(number, SIG_DFL);
    };
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &action, &before_);
  }
  LostBytesHandler(const LostBytesHandler&) = delete;
  LostBytesHandler& operator=(const LostBytesHandler&) = delete;
  ~LostBytesHandler() { sigaction(SIGBUS, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

TEST_F(MapFile, ThatLosesItsEndIsAnErrorThatNamesIt) {
  const std::filesystem::path path = folder_ / "cut";
  std::ofstream(path) << std::string(20000, 'w');
  const SharedBytes file = map_file(path);
  EXPECT_EQ(loss([&] { require_whole(file.bytes); }), "");
  std::filesystem::resize_file(path, 19999);  // Its last page reads as before, without a signal.
  EXPECT_EQ(loss([&] { require_whole(file.bytes.subspan(3, 4)); }),
            path.string() + ": was cut short while it was being read");
  EXPECT_NE(loss(require_mapped_files_whole), "");
}

TEST_F(MapFile, ReadsZerosWhereItWasLost) {
  const LostBytesHandler handler;
  const std::filesystem::path path = folder_ / "lost";
  std::ofstream(path) << std::string(200000, 'w');
  const SharedBytes file = map_file(path);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(file.bytes[150000], std::byte{0});
  EXPECT_EQ(file.bytes[1], std::byte{0});
  std::filesystem::resize_file(path, 200000);  // Long enough again, yet not what was mapped.
  EXPECT_NE(loss([&] { require_whole(file.bytes); }), "");
}

TEST_F(MapFile, IsForgottenWhenItIsNoLongerHeld) {
  const std::filesystem::path path = folder_ / "forgotten";
  std::ofstream(path) << "weir";
  SharedBytes file = map_file(path);
  std::filesystem::resize_file(path, 2);
  const void* address = file.bytes.data();
  file = {};
  EXPECT_EQ(loss(require_mapped_files_whole), "");
  EXPECT_FALSE(replace_lost_bytes(address));
}

TEST_F(MapFile, OnlyItsOwnBytesAreReplaced) {
  const int number = 7;
  EXPECT_FALSE(replace_lost_bytes(&number));
  EXPECT_EQ(loss([] { require_whole({}); }), "");
}

}  // namespace
}  // namespace weir
