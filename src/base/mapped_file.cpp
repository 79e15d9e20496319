#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "base/fail.h"
#include "base/file_watch.h"

namespace weir {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Mapping {
  Mapping(void* mapped_at, std::size_t mapped_bytes) : address(mapped_at), size(mapped_bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(address, size); }
  void* address;
  std::size_t size;
};

/// The watch ends before the memory is somebody else's.
struct WatchedMapping {
  WatchedMapping(void* address, std::span<const std::byte> mapped, std::string path, int file)
      : mapping(address, mapped.size()), watch(std::move(path), file, mapped) {}
  Mapping mapping;
  FileWatch watch;
};

[[noreturn]] void fail_with_errno(const std::filesystem::path& path) {
  const int error = errno;
  throw Error(error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo,
              std::generic_category().message(error),
              {.file = path.string(), .layer = {}, .tensor = {}});
}

}  // namespace

SharedBytes map_file(const std::filesystem::path& path) {
  // Non-blocking, so that a FIFO with no writer is an error below and not a hang here.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail_with_errno(path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail_with_errno(path);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kIo, "is not a regular file",
                {.file = path.string(), .layer = {}, .tensor = {}});
  }
  if (status.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) fail_with_errno(path);
  // A huge page of the page cache would become resident as a whole for the first byte that is read,
  // whoever drops the pages behind a reader.
  madvise(address, size, MADV_NOHUGEPAGE);
  const std::span mapped(static_cast<const std::byte*>(address), size);
  auto mapping = std::make_shared<const WatchedMapping>(address, mapped, path.string(), file.get());
  return {mapped, std::move(mapping), true};
}

void drop_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace weir
