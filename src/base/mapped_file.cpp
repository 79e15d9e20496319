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

#include "base/checked.h"
#include "base/fail.h"
#include "base/file_descriptor.h"
#include "base/file_watch.h"

namespace weir {
namespace {

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

[[noreturn]] void fail_on(const std::filesystem::path& path) {
  const int error = errno;
  throw Error(error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo,
              std::generic_category().message(error),
              {.file = path.string(), .layer = {}, .tensor = {}});
}

}  // namespace

SharedBytes map_file(const std::filesystem::path& path) {
  // Non-blocking, so that a FIFO with no writer is an error below and not a hang here.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail_on(path);
  const FileDescriptor file = FileDescriptor::owned(fd);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail_on(path);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kIo, "is not a regular file",
                {.file = path.string(), .layer = {}, .tensor = {}});
  }
  if (status.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) fail_on(path);
  // A huge page of the page cache would become resident as a whole for the first byte that is read,
  // whoever drops the pages behind a reader.
  madvise(address, size, MADV_NOHUGEPAGE);
  const std::span mapped(static_cast<const std::byte*>(address), size);
  auto mapping = std::make_shared<const WatchedMapping>(address, mapped, path.string(), file.get());
  return {mapped, std::move(mapping), true};
}

SharedBytes map_filled(int file, std::uint64_t offset, std::size_t bytes,
                       const std::function<void(std::span<std::byte>)>& fill) {
  void* address =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, static_cast<off_t>(offset));
  require(address != MAP_FAILED, ErrorCode::kIo, "mapping a temporary file failed");
  auto mapping = std::make_shared<const Mapping>(address, bytes);
  // Without read-ahead, a page of its own for each that is written; otherwise the first byte that
  // is written makes many pages around it resident.
  madvise(address, bytes, MADV_RANDOM);
  fill({static_cast<std::byte*>(address), bytes});
  mprotect(address, bytes, PROT_READ);
  madvise(address, bytes, MADV_NORMAL);
  return {{static_cast<const std::byte*>(address), bytes}, std::move(mapping), true};
}

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void drop_pages(std::span<const std::byte> bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t begin = align_up(address, page_size());
  const std::uintptr_t end = (address + bytes.size()) / page_size() * page_size();
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

std::span<const std::byte> whole_pages(std::span<const std::byte> bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::size_t before = address % page_size();
  return {bytes.data() - before, align_up(before + bytes.size(), page_size())};
}

void expect_pages(std::span<const std::byte> bytes) {
  const std::span<const std::byte> pages = whole_pages(bytes);
  madvise(const_cast<std::byte*>(pages.data()), pages.size(), MADV_WILLNEED);
}

}  // namespace weir
