#include "profile/record_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/checked.h"
#include "base/fail.h"
#include "base/mapped_file.h"

namespace weir::profile {
namespace {

// A day of records passes through it; it is all of the record that is in memory.
constexpr std::size_t kWindowBytes = std::size_t{256} * 1024;

FileDescriptor create(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail_with_errno(fmt::format("cannot write '{}'", path.string()));
  return FileDescriptor::owned(file);
}

}  // namespace

RecordWriter::RecordWriter(const std::filesystem::path& path) : file_(create(path)) {
  RecordHeader header;
  header.process = static_cast<std::uint32_t>(getpid());
  make_room(sizeof header);
  std::memcpy(window_.data(), &header, sizeof header);
  offset_ = sizeof header;
}

RecordWriter::~RecordWriter() {
  unmap();
  // On failure the zeros at the end stay, which readers take as the end.
  [[maybe_unused]] const int result = ftruncate(file_.get(), static_cast<off_t>(offset_));
}

void RecordWriter::append(EntryKind kind, std::span<const std::span<const std::byte>> parts) {
  std::size_t bytes = 0;
  for (const std::span<const std::byte> part : parts) bytes += part.size();
  require(bytes <= UINT32_MAX, ErrorCode::kLimit, "an entry of {} bytes is too long", bytes);
  const std::size_t whole = sizeof(EntryPrefix) + align_up(bytes, std::size_t{8});
  // One zero prefix behind it, which is the end for readers.
  make_room(whole + sizeof(EntryPrefix));
  std::byte* begin = window_.data() + (offset_ - window_offset_);
  std::byte* to = begin + sizeof(EntryPrefix);
  for (const std::span<const std::byte> part : parts) {
    to = std::copy(part.begin(), part.end(), to);
  }
  const auto length = static_cast<std::uint32_t>(bytes);
  std::memcpy(begin + offsetof(EntryPrefix, bytes), &length, sizeof length);
  auto* shown = reinterpret_cast<std::uint32_t*>(begin + offsetof(EntryPrefix, kind));
  std::atomic_ref(*shown).store(static_cast<std::uint32_t>(kind), std::memory_order_release);
  offset_ += whole;
}

void RecordWriter::make_room(std::size_t bytes) {
  if (offset_ + bytes <= window_offset_ + window_.size()) return;
  unmap();
  window_offset_ = offset_ / page_size() * page_size();
  const std::size_t needed = static_cast<std::size_t>(offset_ - window_offset_) + bytes;
  const std::size_t size = align_up(std::max(needed, kWindowBytes), page_size());
  // Taken now: a page of a mapped file for which the disk has no room is a signal, not an error.
  const int error =
      posix_fallocate(file_.get(), static_cast<off_t>(window_offset_), static_cast<off_t>(size));
  if (error != 0) {
    errno = error;
    fail_with_errno("cannot enlarge the record");
  }
  // All pages at once: filling the window must not look like memory that grows.
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file_.get(),
                      static_cast<off_t>(window_offset_));
  if (mapped == MAP_FAILED) fail_with_errno("cannot map the record");
  window_ = {static_cast<std::byte*>(mapped), size};
}

void RecordWriter::unmap() {
  if (!window_.empty()) munmap(window_.data(), window_.size());
  window_ = {};
}

}  // namespace weir::profile
