#include "base/zip_reader.h"
#include "harness.h"
#include "keras/load.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMostUnpacked = std::uint64_t{1} << 20;
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  weir::only_errors([&] {
    const weir::ZipReader zip(bytes);
    for (const auto& item : zip.entries()) {
      weir::only_errors([&] { zip.read(item.first, kMostUnpacked); });
    }
  });
  weir::only_errors([&] { weir::keras::load_model_bytes(bytes, "fuzz.keras"); });
  return 0;
}
