#include "base/denormals.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace weir {

#if defined(__SSE2__)

namespace {

// Of the register MXCSR: flush results to zero, and take operands for zeros.
constexpr unsigned kZeroBits = 0x8000U | 0x0040U;

unsigned zero_bits() { return _mm_getcsr() & kZeroBits; }

/// Leaves the register alone where it is as wanted: to write it costs more than to read it.
void set_zero_bits(unsigned bits) {
  const unsigned now = _mm_getcsr();
  const unsigned wanted = (now & ~kZeroBits) | bits;
  if (wanted != now) _mm_setcsr(wanted);
}

}  // namespace

Denormals denormals_of_thread() {
  return zero_bits() == kZeroBits ? Denormals::kZeros : Denormals::kExact;
}

DenormalsGuard::DenormalsGuard(Denormals denormals) : before_(zero_bits()) {
  set_zero_bits(denormals == Denormals::kZeros ? kZeroBits : 0);
}

DenormalsGuard::~DenormalsGuard() { set_zero_bits(before_); }

#else

Denormals denormals_of_thread() { return Denormals::kExact; }
DenormalsGuard::DenormalsGuard(Denormals /*denormals*/) {}
DenormalsGuard::~DenormalsGuard() = default;

#endif

}  // namespace weir
