#include <cstring>
#include <vector>

#include "base/crc32.h"
#include "harness.h"
#include "session/compiled_file.h"
#include "session/model_file.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

// Of the header: see session/write_compiled_file.cpp.
constexpr std::size_t kDirectoryBytes = 24;
constexpr std::size_t kDirectoryCrc = 32;
constexpr std::size_t kHeaderCrc = 72;
constexpr std::size_t kHeader = 76;

void put_crc(Bytes& file, std::size_t at, std::size_t begin, std::uint64_t count) {
  const std::uint32_t crc = weir::crc32_of(std::as_bytes(std::span(file).subspan(begin, count)));
  std::memcpy(file.data() + at, &crc, sizeof(crc));
}

/// The same with the checksums that a fuzzer does not find.
Bytes with_checksums(Bytes file) {
  if (file.size() < kHeader) return file;
  std::uint64_t count = 0;
  std::memcpy(&count, file.data() + kDirectoryBytes, sizeof(count));
  if (count <= file.size() - kHeader) put_crc(file, kDirectoryCrc, kHeader, count);
  put_crc(file, kHeaderCrc, 0, kHeaderCrc);
  return file;
}

void read_all(const Bytes& file) {
  const weir::SharedBytes bytes = weir::fuzz_bytes(file.data(), file.size());
  weir::only_errors([&] {
    const weir::session::CompiledFile compiled(bytes);
    for (const auto& item : compiled.usable()) weir::crc32_of(item.second);
    compiled.verify();
  });
  weir::only_errors([&] { weir::session::open_model(bytes, "fuzz.weir"); });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_all({data, data + size});
  read_all(with_checksums({data, data + size}));
  return 0;
}
