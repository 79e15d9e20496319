#pragma once

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
  explicit DenormalsGuard(Denormals denormals);
  DenormalsGuard(const DenormalsGuard&) = delete;
  DenormalsGuard& operator=(const DenormalsGuard&) = delete;
  ~DenormalsGuard();

 private:
  unsigned before_ = 0;
};

}  // namespace weir
