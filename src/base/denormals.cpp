#include "base/denormals.h"

namespace weir {

Denormals denormals_of_thread() {
#if defined(__SSE2__)
  const unsigned zero_bits = _mm_getcsr() & DenormalsGuard::kZeroBits;
  return zero_bits == DenormalsGuard::kZeroBits ? Denormals::kZeros : Denormals::kExact;
#else
  return Denormals::kExact;
#endif
}

}  // namespace weir
