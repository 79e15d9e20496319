#pragma once

#include <cstddef>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Frames of a signal and the power of the frequencies in each. Immutable; running it allocates
/// nothing.
class PowerSpectrum {
 public:
  /// Frames are as long as `window`, which they are multiplied with, and begin `step` apart. The
  /// signal is mirrored at its ends for half a frame, so the first frame is around its beginning.
  PowerSpectrum(std::vector<float> window, std::size_t step);

  std::size_t frequencies() const { return window_.size() / 2 + 1; }
  /// Of a signal of `length` samples, which is longer than half a frame.
  std::size_t frames(std::size_t length) const;
  std::size_t scratch_bytes(std::size_t threads) const;

  /// `in` is (signals, length), `out` (signals, frames, frequencies).
  void run(std::size_t signals, std::size_t length, const float* in, float* out, std::byte* scratch,
           const ThreadPool& pool) const;

 private:
  struct Complex {
    double real;
    double imaginary;
  };

  void fill_frame(const float* signal, std::size_t length, std::size_t frame, Complex* to) const;
  void transform(Complex* values) const;
  double power_of(const Complex* frame, std::size_t frequency) const;

  std::vector<float> window_;
  std::size_t step_;
  bool is_power_of_two_;
  std::vector<Complex> roots_;       ///< exp(-2 pi i k / n).
  std::vector<std::size_t> places_;  ///< Where the fast transform wants each sample.
};

}  // namespace weir::kernels
