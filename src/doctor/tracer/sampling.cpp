#include "doctor/tracer/sampling.h"

#include <bit>

#include "doctor/tracer/hash.h"

namespace weir::tracer {

double one_minus_exp(double x) {
  if (x > 40) return 1;
  int halvings = 0;
  for (; x > 0.5; x /= 2) ++halvings;
  double term = x;
  double result = x;
  for (int n = 2; n < 15; ++n) {
    term *= -x / n;
    result += term;
  }
  // With q = 1 - e^-x, 1 - e^-2x is q (2 - q).
  for (; halvings > 0; --halvings) result *= 2 - result;
  return result;
}

double natural_logarithm(double number) {
  constexpr double kLn2 = 0.693147180559945309;
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
  const auto bits = std::bit_cast<std::uint64_t>(number);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  auto fraction = std::bit_cast<double>((bits & kMantissa) | (std::uint64_t{1023} << 52));
  if (fraction > 1.4142135623730951) {
    fraction /= 2;
    ++exponent;
  }
  // ln f = 2 artanh((f - 1) / (f + 1))
  const double ratio = (fraction - 1) / (fraction + 1);
  double power = ratio;
  double sum = 0;
  for (int n = 1; n < 24; n += 2) {
    sum += power / n;
    power *= ratio * ratio;
  }
  return exponent * kLn2 + 2 * sum;
}

double sampling_chance(std::uint64_t size, std::uint64_t mean) {
  if (mean == 0) return 1;
  // An allocation of nothing takes memory too, and must have some chance.
  const auto bytes = static_cast<double>(size == 0 ? 1 : size);
  return one_minus_exp(bytes / static_cast<double>(mean));
}

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return mix(state_);
}

double Random::next_fraction() { return (static_cast<double>(next() >> 11) + 1) * 0x1.0p-53; }

std::int64_t Random::next_gap(std::uint64_t mean) {
  if (mean == 0) return -1;
  return static_cast<std::int64_t>(-natural_logarithm(next_fraction()) * static_cast<double>(mean));
}

}  // namespace weir::tracer
