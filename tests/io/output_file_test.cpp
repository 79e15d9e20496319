#include "base/output_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_testing.h"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST(OutputFile, AppearsOnlyWhenFinished) {
  const TemporaryFolder folder;
  const auto file = open_output_file(folder / "out.csv");
  file->write(bytes_of("hello"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.csv"));
  file->finish();
  EXPECT_EQ(contents(folder / "out.csv"), "hello");
  EXPECT_THAT(folder.files(), ElementsAre("out.csv"));
}

TEST(OutputFile, LeavesWhatWasThereUntilFinished) {
  const TemporaryFolder folder;
  folder.write("out.csv", "before");
  const auto file = open_output_file(folder / "out.csv");
  file->write(bytes_of("after"));
  EXPECT_EQ(contents(folder / "out.csv"), "before");
  file->finish();
  EXPECT_EQ(contents(folder / "out.csv"), "after");
}

TEST(OutputFile, LeavesNothingBehindWhenAbandoned) {
  const TemporaryFolder folder;
  folder.write("out.csv", "before");
  open_output_file(folder / "out.csv")->write(bytes_of("half"));
  open_output_file(folder / "new.csv")->write(bytes_of("half"));
  EXPECT_EQ(contents(folder / "out.csv"), "before");
  EXPECT_THAT(folder.files(), ElementsAre("out.csv"));
}

TEST(OutputFile, HasThePermissionsOfAnyNewFile) {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  open_output_file(folder / "out.csv")->finish();
  umask(before);
  EXPECT_EQ(mode_of(folder / "out.csv"), 0640U);
}

TEST(OutputFile, KeepsThePermissionsOfTheFileThatItReplaces) {
  const TemporaryFolder folder;
  chmod(folder.write("out.csv", "private").c_str(), 0600);
  open_output_file(folder / "out.csv")->finish();
  EXPECT_EQ(mode_of(folder / "out.csv"), 0600U);
}

TEST(OutputFile, WritesThroughASymbolicLink) {
  const TemporaryFolder folder;
  folder.write("real.csv", "before");
  std::filesystem::create_symlink("real.csv", folder / "link.csv");
  const auto file = open_output_file(folder / "link.csv");
  file->write(bytes_of("after"));
  file->finish();
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.csv"));
  EXPECT_EQ(contents(folder / "real.csv"), "after");
}

TEST(OutputFile, RefusesFoldersAndMissingFolders) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { open_output_file(folder / "."); }).code(), ErrorCode::kIo);
  EXPECT_EQ(error_of([&] { open_output_file(folder / "missing/out.csv"); }).code(),
            ErrorCode::kNotFound);
}

TEST(OutputFile, WritesToDevicesDirectly) {
  const auto null = open_output_file("/dev/null");
  EXPECT_FALSE(null->is_rewritable());
  null->write(bytes_of("gone"));
  null->finish();
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(OutputFile, SaysThatTheDiskIsFull) {
  const auto full = open_output_file("/dev/full");
  const Error error = error_of([&] { full->write(bytes_of("x")); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_THAT(error.message(), HasSubstr("No space left on device"));
}

TEST(OutputFile, TakesItsRoomBeforeTheWork) {
  const TemporaryFolder folder;
  const auto file = open_output_file(folder / "out.npy");
  const Error error = error_of([&] { file->reserve(std::uint64_t{1} << 60); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  file->reserve(1 << 20);
  file->write(bytes_of("short"));
  file->finish();
  EXPECT_EQ(contents(folder / "out.npy"), "short");
}

TEST(OutputFile, LeavesWhatWasThereWhenWritingFails) {
  const TemporaryFolder folder;
  folder.write("out.csv", "before");
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{4096, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  {
    const auto file = open_output_file(folder / "out.csv");
    const std::string text(10000, 'x');
    EXPECT_EQ(error_of([&] { file->write(bytes_of(text)); }).code(), ErrorCode::kIo);
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(contents(folder / "out.csv"), "before");
  EXPECT_THAT(folder.files(), ElementsAre("out.csv"));
}

TEST(OutputFile, SaysThatThePipeIsClosed) {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  mkfifo(path.c_str(), S_IRUSR | S_IWUSR);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const auto file = open_output_file(path);
  close(reader);
  const auto before = signal(SIGPIPE, SIG_IGN);
  const Error error = error_of([&] { file->write(bytes_of("x")); });
  signal(SIGPIPE, before);
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_THAT(error.message(), HasSubstr("has closed the pipe"));
}

TEST(TemporaryFile, HasNoNameAndKeepsItsBytes) {
  const TemporaryFolder folder;
  TemporaryFile file{std::filesystem::path(folder / "")};
  EXPECT_THAT(folder.files(), IsEmpty());
  file.write(bytes_of("hello world"));
  file.write_at(0, bytes_of("J"));
  const auto copy = open_output_file(folder / "copy");
  file.copy_to(*copy);
  copy->finish();
  EXPECT_EQ(contents(folder / "copy"), "Jello world");
  EXPECT_EQ(file.map().bytes.size(), 11U);
}

}  // namespace
}  // namespace weir::testing
