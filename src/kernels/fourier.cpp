#include "kernels/fourier.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace weir::kernels {
namespace {

std::size_t reversed(std::size_t index, std::size_t size) {
  std::size_t result = 0;
  for (std::size_t bit = 1; bit < size; bit *= 2) {
    result = result * 2 + (index & 1);
    index /= 2;
  }
  return result;
}

}  // namespace

PowerSpectrum::PowerSpectrum(std::vector<float> window, std::size_t step)
    : window_(std::move(window)),
      step_(step),
      is_power_of_two_(std::has_single_bit(window_.size())) {
  const std::size_t size = window_.size();
  for (std::size_t k = 0; k < size; ++k) {
    const double angle =
        -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    roots_.push_back({std::cos(angle), std::sin(angle)});
    places_.push_back(is_power_of_two_ ? reversed(k, size) : k);
  }
}

std::size_t PowerSpectrum::frames(std::size_t length) const {
  return 1 + (length + window_.size() / 2 * 2 - window_.size()) / step_;
}

std::size_t PowerSpectrum::scratch_bytes(std::size_t threads) const {
  return threads * window_.size() * sizeof(Complex);
}

void PowerSpectrum::fill_frame(const float* signal, std::size_t length, std::size_t frame,
                               Complex* to) const {
  const auto last = static_cast<std::ptrdiff_t>(length) - 1;
  const auto first =
      static_cast<std::ptrdiff_t>(frame * step_) - static_cast<std::ptrdiff_t>(window_.size() / 2);
  for (std::size_t i = 0; i < window_.size(); ++i) {
    std::ptrdiff_t at = std::abs(first + static_cast<std::ptrdiff_t>(i));
    if (at > last) at = 2 * last - at;
    to[places_[i]] = {signal[at] * window_[i], 0.0};
  }
}

/// In place, from samples in reversed order: Cooley and Tukey's.
void PowerSpectrum::transform(Complex* values) const {
  const std::size_t size = window_.size();
  for (std::size_t half = 1; half < size; half *= 2) {
    const std::size_t stride = size / (2 * half);
    for (std::size_t block = 0; block < size; block += 2 * half) {
      for (std::size_t i = 0; i < half; ++i) {
        Complex& a = values[block + i];
        Complex& b = values[block + i + half];
        const Complex& root = roots_[i * stride];
        const Complex turned{b.real * root.real - b.imaginary * root.imaginary,
                             b.real * root.imaginary + b.imaginary * root.real};
        b = {a.real - turned.real, a.imaginary - turned.imaginary};
        a = {a.real + turned.real, a.imaginary + turned.imaginary};
      }
    }
  }
}

/// Of a transformed frame; of another length than a power of two, from the samples themselves.
double PowerSpectrum::power_of(const Complex* frame, std::size_t frequency) const {
  Complex sum{0.0, 0.0};
  if (is_power_of_two_) {
    sum = frame[frequency];
  } else {
    std::size_t root = 0;
    for (std::size_t i = 0; i < window_.size(); ++i) {
      sum.real += frame[i].real * roots_[root].real;
      sum.imaginary += frame[i].real * roots_[root].imaginary;
      root = (root + frequency) % window_.size();
    }
  }
  return sum.real * sum.real + sum.imaginary * sum.imaginary;
}

void PowerSpectrum::run(std::size_t signals, std::size_t length, const float* in, float* out,
                        std::byte* scratch, const ThreadPool& pool) const {
  const std::size_t count = frames(length);
  pool.for_ranges(signals * count, 1, [&](std::size_t slot, std::size_t begin, std::size_t end) {
    Complex* frame = reinterpret_cast<Complex*>(scratch) + slot * window_.size();
    for (std::size_t i = begin; i < end; ++i) {
      fill_frame(in + i / count * length, length, i % count, frame);
      if (is_power_of_two_) transform(frame);
      for (std::size_t k = 0; k < frequencies(); ++k) {
        out[i * frequencies() + k] = static_cast<float>(power_of(frame, k));
      }
    }
  });
}

}  // namespace weir::kernels
