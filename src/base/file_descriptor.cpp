#include "base/file_descriptor.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/fail.h"

namespace weir {
namespace {

// A signal may come just before the call that it should interrupt: look at the flag now and then.
constexpr int kPollMilliseconds = 100;

void check_stop(StopFlag stop) {
  if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
    fail(ErrorCode::kCancelled, "stopped on request");
  }
}

void wait_until_ready(int fd, short events, StopFlag stop) {
  pollfd request{fd, events, 0};
  do {
    check_stop(stop);
  } while (poll(&request, 1, stop == nullptr ? -1 : kPollMilliseconds) <= 0);
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (is_owned_ && fd_ >= 0) ::close(fd_);
}

void FileDescriptor::close() {
  const int fd = std::exchange(fd_, -1);
  if (is_owned_ && fd >= 0 && ::close(fd) != 0 && errno != EINTR) fail_with_errno("closing it");
}

void fail_with_errno(std::string_view action) {
  const int error = errno;
  const std::string reason = std::generic_category().message(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      fail(ErrorCode::kNotFound, "{} failed: {}", action, reason);
    case EPIPE:
      fail(ErrorCode::kIo, "{} failed: the reader at the other end has closed the pipe", action);
    case ENOSPC:
    case EDQUOT:
      fail(ErrorCode::kIo, "{} failed: {}; make room, or write somewhere else", action, reason);
    default:
      fail(ErrorCode::kIo, "{} failed: {}", action, reason);
  }
}

FileDescriptor open_for_reading(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_with_errno("opening it");
  return FileDescriptor::owned(fd);
}

void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, StopFlag stop) {
  while (!bytes.empty()) {
    wait_until_ready(file.get(), POLLOUT, stop);
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) fail_with_errno("writing");
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_all_at(const FileDescriptor& file, std::span<const std::byte> bytes,
                  std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno != EINTR) fail_with_errno("writing");
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }
}

std::size_t FileReader::read_some(std::span<std::byte> into) {
  while (true) {
    wait_until_ready(file_.get(), POLLIN, stop_);
    const ssize_t got = ::read(file_.get(), into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) fail_with_errno("reading");
  }
}

}  // namespace weir
