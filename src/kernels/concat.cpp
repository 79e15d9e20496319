#include "kernels/concat.h"

#include <cstring>
#include <numeric>

namespace weir::kernels {
namespace {

/// Bytes moved below which another thread is not worth waking.
constexpr std::size_t kBytesPerTask = 65536;

}  // namespace

void concat(std::size_t rows, std::span<const std::size_t> row_bytes,
            std::span<const std::byte* const> inputs, std::byte* out, const ThreadPool& threads) {
  const std::size_t out_bytes = std::accumulate(row_bytes.begin(), row_bytes.end(), std::size_t{0});
  if (rows == 0 || out_bytes == 0) return;
  const std::size_t grain = kBytesPerTask / out_bytes + 1;
  threads.for_ranges(rows, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      std::byte* to = out + row * out_bytes;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::memcpy(to, inputs[i] + row * row_bytes[i], row_bytes[i]);
        to += row_bytes[i];
      }
    }
  });
}

}  // namespace weir::kernels
