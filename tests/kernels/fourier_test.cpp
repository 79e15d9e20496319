#include "kernels/fourier.h"

#include <cmath>
#include <numbers>

#include "products_testing.h"

namespace weir::kernels {
namespace {

/// As it is defined.
std::vector<float> naive(const std::vector<float>& window, std::size_t step,
                         const std::vector<float>& signal, std::size_t frames) {
  const auto size = static_cast<std::ptrdiff_t>(window.size());
  const auto last = static_cast<std::ptrdiff_t>(signal.size()) - 1;
  std::vector<float> powers;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::ptrdiff_t k = 0; k <= size / 2; ++k) {
      double real = 0.0;
      double imaginary = 0.0;
      for (std::ptrdiff_t i = 0; i < size; ++i) {
        std::ptrdiff_t at = static_cast<std::ptrdiff_t>(frame * step) + i - size / 2;
        at = at < 0 ? -at : at;
        at = at > last ? 2 * last - at : at;
        const double value =
            signal[static_cast<std::size_t>(at)] * window[static_cast<std::size_t>(i)];
        const double angle =
            2.0 * std::numbers::pi * static_cast<double>(i * k % size) / static_cast<double>(size);
        real += value * std::cos(angle);
        imaginary -= value * std::sin(angle);
      }
      powers.push_back(static_cast<float>(real * real + imaginary * imaginary));
    }
  }
  return powers;
}

TEST(PowerSpectrum, AgreesWithItsDefinition) {
  for (const std::size_t size : {1U, 2U, 5U, 8U, 60U, 64U}) {
    for (const std::size_t length : {40U, 101U}) {
      const std::vector<float> window = random_floats(size, 1);
      const std::vector<float> signal = random_floats(length, 2);
      const PowerSpectrum spectrum(window, 7);
      const std::size_t frames = spectrum.frames(length);
      std::vector<float> out(frames * spectrum.frequencies());
      AlignedBuffer scratch(spectrum.scratch_bytes(2));
      spectrum.run(1, length, signal.data(), out.data(), scratch.data(), *test_pools()[1]);
      const std::vector<float> expected = naive(window, 7, signal, frames);
      for (std::size_t i = 0; i < out.size(); ++i) {
        ASSERT_NEAR(out[i], expected[i], 1e-5F * (1.0F + expected[i])) << size << " at " << i;
      }
    }
  }
}

TEST(PowerSpectrum, GivesTheSameBitsForAnyNumberOfThreads) {
  const PowerSpectrum spectrum(random_floats(32, 1), 5);
  const std::vector<float> signals = random_floats(3 * 90, 2);
  std::vector<float> one(3 * spectrum.frames(90) * spectrum.frequencies());
  std::vector<float> three(one.size());
  AlignedBuffer scratch(spectrum.scratch_bytes(3));
  spectrum.run(3, 90, signals.data(), one.data(), scratch.data(), *test_pools()[0]);
  spectrum.run(3, 90, signals.data(), three.data(), scratch.data(), *test_pools()[2]);
  EXPECT_EQ(one, three);
}

}  // namespace
}  // namespace weir::kernels
