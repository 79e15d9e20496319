#include "support/memory_series.h"

#include <array>
#include <cmath>
#include <random>

namespace weir::test {
namespace {

constexpr double kPage = 4096;
constexpr double kBase = 64e6;

double in_pages(double bytes) { return std::floor(bytes / kPage) * kPage; }

/// A series from `bytes(x, random)`, where x runs from 0 to 1.
template <typename Bytes>
std::vector<GrowthSample> series(std::size_t count, double distance, std::uint64_t seed,
                                 Bytes bytes) {
  std::mt19937_64 random(seed);
  std::vector<GrowthSample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const double step = distance * static_cast<double>(i);
    samples.push_back({step, in_pages(kBase + bytes(step, random))});
  }
  return samples;
}

/// A number between `low` and `high`, evenly over orders of magnitude, that the seed decides.
double drawn(std::uint64_t seed, double low, double high) {
  std::mt19937_64 random(seed * 7919 + 17);
  const double x = std::uniform_real_distribution<double>(0, 1)(random);
  return low * std::pow(high / low, x);
}

double normal(std::mt19937_64& random, double deviation) {
  return std::normal_distribution<double>(0, deviation)(random);
}

using Random = std::mt19937_64;

const std::array kKinds{
    SeriesKind{"constant", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 return series(n, d, seed, [](double, Random&) { return 0.0; });
               }},
    SeriesKind{"noise", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double deviation = drawn(seed, 1e3, 4e6);
                 return series(n, d, seed,
                               [=](double, Random& random) { return normal(random, deviation); });
               }},
    SeriesKind{"walk that returns", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double deviation = drawn(seed, 1e3, 4e5);
                 double at = 0;
                 return series(n, d, seed, [=](double, Random& random) mutable {
                   return at = 0.95 * at + normal(random, deviation);
                 });
               }},
    SeriesKind{"plateau after warm-up", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double height = drawn(seed, 1e5, 1e8);
                 const double time = drawn(seed + 1, 0.002, 0.05) * d * static_cast<double>(n);
                 return series(n, d, seed, [=](double step, Random& random) {
                   return height * (1 - std::exp(-step / time)) + normal(random, 4e3);
                 });
               }},
    SeriesKind{"sawtooth", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double height = drawn(seed, 1e5, 5e7);
                 const double teeth = std::floor(drawn(seed + 1, 10, 400));
                 const double phase = drawn(seed + 2, 0.01, 1);
                 const double length = d * static_cast<double>(n) / teeth;
                 return series(n, d, seed, [=](double step, Random& random) {
                   const double place = step / length + phase;
                   return height * (place - std::floor(place)) + normal(random, 4e3);
                 });
               }},
    SeriesKind{"one jump", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double height = drawn(seed, 5e4, 5e7);
                 const double where = drawn(seed + 1, 0.05, 0.97) * d * static_cast<double>(n);
                 return series(n, d, seed, [=](double step, Random& random) {
                   return (step < where ? 0 : height) + normal(random, 4e3);
                 });
               }},
    SeriesKind{"allocator retention", false,
               [](std::size_t n, double d, std::uint64_t seed) {
                 // Rises with the largest request so far, which new ones beat ever more seldom.
                 double most = 0;
                 const double scale = drawn(seed, 1e5, 2e6);
                 const double warm = 0.2 * d * static_cast<double>(n);
                 return series(n, d, seed, [=](double step, Random& random) mutable {
                   if (step < warm) most = std::max(most, std::abs(normal(random, scale)));
                   return most + normal(random, 4e3);
                 });
               }},
    SeriesKind{"16 bytes a step", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 return series(n, d, seed, [](double step, Random&) { return 16 * step; });
               }},
    SeriesKind{"line", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double rate = drawn(seed, 3e5, 1e9) / (d * static_cast<double>(n));
                 return series(n, d, seed, [=](double step, Random& random) {
                   return rate * step + normal(random, 4e3);
                 });
               }},
    SeriesKind{"drift under noise", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double rise = drawn(seed, 4e5, 1e8);
                 const double rate = rise / (d * static_cast<double>(n));
                 return series(n, d, seed, [=](double step, Random& random) {
                   return rate * step + normal(random, rise / 2);
                 });
               }},
    SeriesKind{"ever slower", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double rise = drawn(seed, 1e6, 1e8);
                 const double end = d * static_cast<double>(n);
                 return series(n, d, seed, [=](double step, Random& random) {
                   return rise * std::sqrt(step / end) + normal(random, 4e3);
                 });
               }},
    SeriesKind{"staircase", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double height = drawn(seed, 1e5, 1e7);
                 const double stairs = std::floor(drawn(seed + 1, 8, 60));
                 const double length = d * static_cast<double>(n) / stairs;
                 return series(n, d, seed, [=](double step, Random& random) {
                   return height * std::floor(step / length) + normal(random, 4e3);
                 });
               }},
    SeriesKind{"growth under a sawtooth", true,
               [](std::size_t n, double d, std::uint64_t seed) {
                 const double end = d * static_cast<double>(n);
                 const double height = drawn(seed, 1e5, 1e7);
                 const double teeth = std::floor(drawn(seed + 1, 20, 400));
                 return series(n, d, seed, [=](double step, Random& random) {
                   const double place = step * teeth / end;
                   return 4 * height * step / end + height * (place - std::floor(place)) +
                          normal(random, 4e3);
                 });
               }},
};

}  // namespace

std::span<const SeriesKind> series_kinds() { return kKinds; }

}  // namespace weir::test
