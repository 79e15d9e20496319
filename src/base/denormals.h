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
  // alone where it is as wanted, since to write it costs more than to read it, and to read it waits
  // for all arithmetic before. So it gets back the flags of exceptions that it had, too.
  explicit DenormalsGuard(Denormals denormals)
      : before_(_mm_getcsr()),
        wanted_((before_ & ~kZeroBits) | (denormals == Denormals::kZeros ? kZeroBits : 0)) {
    if (wanted_ != before_) _mm_setcsr(wanted_);
  }
  ~DenormalsGuard() {
    if (wanted_ != before_) _mm_setcsr(before_);
  }

 private:
  friend Denormals denormals_of_thread();
  // Of the register MXCSR: flush results to zero, and take operands for zeros.
  static constexpr unsigned kZeroBits = 0x8000U | 0x0040U;

  unsigned before_;
  unsigned wanted_;
#else
  explicit DenormalsGuard(Denormals /*denormals*/) {}
  ~DenormalsGuard() {}
#endif
};

}  // namespace weir
