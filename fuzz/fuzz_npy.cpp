#include "harness.h"
#include "io/npy_source.h"
#include "io/npz_source.h"
#include "piece_reader.h"

namespace {

/// A row may be as large as its header says: the caller's check of shapes bounds it, as for a
/// model.
bool has_small_rows(const weir::Source& source) {
  constexpr std::int64_t kMostElements = 1 << 16;
  const weir::Shape& shape = source.tensors()[0].shape;
  return weir::Shape(shape.dims().subspan(1)).elements() <= kMostElements;
}

void read_rows(weir::Source& source) {
  constexpr int kMostBatches = 64;
  if (!has_small_rows(source)) return;
  for (int i = 0; i < kMostBatches; ++i) {
    if (source.next(3).empty()) return;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  weir::only_errors([&] { read_rows(*weir::open_npy(bytes)); });
  weir::only_errors(
      [&] { read_rows(*weir::open_npy(std::make_unique<weir::PieceReader>(bytes.bytes))); });
  weir::only_errors([&] {
    for (const auto& part : weir::open_npz("fuzz.npz", bytes, {}, std::nullopt)) {
      weir::only_errors([&] { read_rows(*part.source); });
    }
  });
  return 0;
}
