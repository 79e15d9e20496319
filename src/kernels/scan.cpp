#include "kernels/scan.h"

#include <algorithm>
#include <type_traits>

#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

/// Whole numbers wrap, as unsigned ones do.
template <typename T>
T combine(ScanKind kind, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    const auto x = static_cast<std::uint32_t>(a);
    const auto y = static_cast<std::uint32_t>(b);
    return static_cast<T>(kind == ScanKind::kSum ? x + y : x * y);
  } else {
    return kind == ScanKind::kSum ? a + b : a * b;
  }
}

}  // namespace

template <typename T>
void scan(ScanKind kind, const ChannelShape& shape, const T* in, T* out, const ThreadPool& pool) {
  const std::size_t block = shape.channels * shape.inner;
  for_rows(pool, shape.outer, block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t outer = begin; outer < end; ++outer) {
      const T* from = in + outer * block;
      T* to = out + outer * block;
      std::copy_n(from, std::min(block, shape.inner), to);
      for (std::size_t i = shape.inner; i < block; ++i) {
        to[i] = combine(kind, to[i - shape.inner], from[i]);
      }
    }
  });
}

template void scan(ScanKind, const ChannelShape&, const float*, float*, const ThreadPool&);
template void scan(ScanKind, const ChannelShape&, const std::int32_t*, std::int32_t*,
                   const ThreadPool&);

}  // namespace weir::kernels
