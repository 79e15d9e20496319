#include "kernels/unary_map.h"

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/unary_map.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets the target.
#include <hwy/highway.h>

#include "kernels/simd/unary-inl.h"

#if HWY_ONCE
namespace weir::kernels {
HWY_EXPORT(MapUnary);

void unary_map(const float* in, float* out, std::size_t count, const Unary& u,
               const ThreadPool& pool) {
  const auto map = HWY_DYNAMIC_DISPATCH(MapUnary);
  for_rows(pool, count, 1, [&](std::size_t begin, std::size_t end) {
    map(in + begin, out + begin, end - begin, u);
  });
}

}  // namespace weir::kernels
#endif  // HWY_ONCE
