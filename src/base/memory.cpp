#include "base/memory.h"

#include <sys/mman.h>

#include "base/fail.h"

namespace weir {

AlignedBuffer::AlignedBuffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mapped != MAP_FAILED, ErrorCode::kLimit, "no memory for {} bytes", bytes);
  data_ = static_cast<std::byte*>(mapped);
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace weir
