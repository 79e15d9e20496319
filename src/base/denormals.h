#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace weir {

/// How this thread's floating-point arithmetic treats denormal numbers (below 1.2e-38 in float32).
enum class Denormals {
  kZeros,  ///< They count as zeros, as in TensorFlow: else each costs a hundred times as much.
  kExact,  ///< As other code expects them.
};

/// How the calling thread treats them now.
Denormals denormals_of_thread();

/// Has denormals treated so for as long as it lives, then as before. A few cycles. Where the
/// processor's setting is not known, nothing happens.
class DenormalsGuard {
 public:
  DenormalsGuard(const DenormalsGuard&) = delete;
  DenormalsGuard& operator=(const DenormalsGuard&) = delete;
#if defined(__SSE2__)
  // Inline: a small model's call takes little longer than its guards would. The register is left
  // alone where it is as wanted, since to write it costs more than to read it.
  explicit DenormalsGuard(Denormals denormals) : before_(_mm_getcsr()) {
    set(denormals == Denormals::kZeros ? before_ | kZeroBits : before_ & ~kZeroBits);
  }
  ~DenormalsGuard() { set((_mm_getcsr() & ~kZeroBits) | (before_ & kZeroBits)); }

 private:
  friend Denormals denormals_of_thread();
  // Of the register MXCSR: flush results to zero, and take operands for zeros.
  static constexpr unsigned kZeroBits = 0x8000U | 0x0040U;

  static void set(unsigned wanted) {
    if (wanted != _mm_getcsr()) _mm_setcsr(wanted);
  }

  unsigned before_;
#else
  explicit DenormalsGuard(Denormals /*denormals*/) {}
  ~DenormalsGuard() {}
#endif
};

}  // namespace weir
