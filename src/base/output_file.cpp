#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <random>
#include <vector>

#include "base/checked.h"
#include "base/fail.h"

namespace weir {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPlainFile = 0666;  // The process's umask takes its part, as for any new file.
constexpr std::size_t kCopyStep = std::size_t{1} << 20;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Short, so that it fits wherever the final name does.
fs::path random_name(const fs::path& folder) {
  std::random_device random;
  return folder / fmt::format(".weir-{:08x}{:08x}.part", random(), random());
}

FileDescriptor create_new(const fs::path& path, mode_t mode) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) fail_with_errno(fmt::format("making a file in {}", folder_of(path).string()));
  return FileDescriptor::owned(fd);
}

void sync(const FileDescriptor& file) {
  // Some file systems cannot; then there is nothing to wait for.
  if (fsync(file.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    fail_with_errno("writing it to the disk");
  }
}

void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // A folder may be writable without being readable; the file itself is on the disk already.
  if (fd >= 0) sync(FileDescriptor::owned(fd));
}

fs::path folder_for_temporary_files() {
  // /tmp often is memory, which is what large temporary files must not take.
  const char* chosen = std::getenv("TMPDIR");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

FileDescriptor create_unnamed(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd >= 0) return FileDescriptor::owned(fd);
  // Not every file system has O_TMPFILE.
  const fs::path name = random_name(folder);
  FileDescriptor file = create_new(name, S_IRUSR | S_IWUSR);
  unlink(name.c_str());
  return file;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path, StopFlag stop)
    : target_(fs::weakly_canonical(
          fs::absolute(path))),  // A symbolic link stays, what it points to changes.
      temporary_(random_name(folder_of(target_))),
      stop_(stop) {
  file_ = create_new(temporary_, kPlainFile);
  struct stat before {};
  if (stat(target_.c_str(), &before) == 0) fchmod(file_.get(), before.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::reserve(std::uint64_t total_bytes) {
  if (total_bytes == 0) return;
  // Keeping the size means that nothing has to be cut off when less is written.
  const int result =
      fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(total_bytes));
  if (result != 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
    fail_with_errno(fmt::format("taking the {} bytes that the output needs", total_bytes));
  }
}

void AtomicFile::finish() {
  sync(file_);
  file_.close();
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail_with_errno("giving it its name");
  temporary_.clear();
  sync_folder(folder_of(target_));
}

void DirectFile::write_at(std::uint64_t /*offset*/, std::span<const std::byte> /*bytes*/) {
  fail(ErrorCode::kInternal, "a pipe or a device cannot be rewritten");
}

TemporaryFile::TemporaryFile(const fs::path& folder)
    : file_(create_unnamed(folder.empty() ? folder_for_temporary_files() : folder)) {}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  write_all_at(file_, bytes, size_);
  size_ += bytes.size();
}

std::size_t TemporaryFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got = pread(file_.get(), into.data() + filled, into.size() - filled,
                              static_cast<off_t>(offset + filled));
    if (got < 0 && errno != EINTR) fail_with_errno("reading a temporary file");
    if (got == 0) break;
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return filled;
}

void TemporaryFile::copy_to(OutputFile& other) const {
  std::vector<std::byte> step(std::min<std::uint64_t>(kCopyStep, size_));
  for (std::uint64_t at = 0; at < size_;) {
    const std::size_t count = read_at(at, step);
    require(count > 0, ErrorCode::kIo, "a temporary file lost its end");
    other.write(std::span(step).first(count));
    at += count;
  }
}

SharedBytes TemporaryFile::map() const {
  return map_file(fmt::format("/proc/self/fd/{}", file_.get()));
}

SharedBytes TemporaryFile::append_mapped(std::size_t bytes,
                                         const std::function<void(std::span<std::byte>)>& fill) {
  const std::uint64_t begin = align_up(size_, page_size());
  // Taken now: a mapped page that finds the disk full is a signal, not an error.
  const int error = posix_fallocate(file_.get(), static_cast<off_t>(begin),
                                    static_cast<off_t>(align_up(bytes, page_size())));
  if (error != 0) {
    errno = error;
    fail_with_errno(fmt::format("taking {} bytes for a temporary file", bytes));
  }
  size_ = begin + bytes;
  return map_filled(file_.get(), begin, bytes, fill);
}

std::unique_ptr<OutputFile> open_output_file(const std::string& path, StopFlag stop) {
  if (path == "-") {
    return std::make_unique<DirectFile>(FileDescriptor::borrowed(STDOUT_FILENO), stop);
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::make_unique<AtomicFile>(path, stop);
  require(!S_ISDIR(status.st_mode), ErrorCode::kIo, "is a folder; give the name of a file in it");
  if (access(path.c_str(), W_OK) != 0) fail_with_errno("opening it for writing");
  if (S_ISREG(status.st_mode)) return std::make_unique<AtomicFile>(path, stop);
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail_with_errno("opening it for writing");
  return std::make_unique<DirectFile>(FileDescriptor::owned(fd), stop);
}

}  // namespace weir
