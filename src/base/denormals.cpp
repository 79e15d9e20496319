#include "base/denormals.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace weir {

#if defined(__SSE2__)

namespace {

// Of the register MXCSR: flush results to zero, and take operands for zeros.
constexpr unsigned kZeroBits = 0x8000U | 0x0040U;

}  // namespace

Denormals denormals_of_thread() {
  return (_mm_getcsr() & kZeroBits) == kZeroBits ? Denormals::kZeros : Denormals::kExact;
}

DenormalsGuard::DenormalsGuard(Denormals denormals) : before_(_mm_getcsr()) {
  const unsigned wanted =
      denormals == Denormals::kZeros ? before_ | kZeroBits : before_ & ~kZeroBits;
  if (wanted != before_) _mm_setcsr(wanted);
}

DenormalsGuard::~DenormalsGuard() {
  const unsigned now = _mm_getcsr();
  const unsigned wanted = (now & ~kZeroBits) | (before_ & kZeroBits);
  if (wanted != now) _mm_setcsr(wanted);
}

#else

Denormals denormals_of_thread() { return Denormals::kExact; }
DenormalsGuard::DenormalsGuard(Denormals /*denormals*/) {}
DenormalsGuard::~DenormalsGuard() = default;

#endif

}  // namespace weir
