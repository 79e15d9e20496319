#include "profile/growth.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace weir {
namespace {

constexpr double kNormal95 = 1.959964;
// The kernel counts whole pages, and a stack or a library touches a few new ones now and then.
constexpr double kNoiseBytes = 8 * 4096;

std::vector<double> sorted_pair_slopes(std::span<const MemorySample> samples) {
  std::vector<double> slopes;
  slopes.reserve(samples.size() * (samples.size() - 1) / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t j = i + 1; j < samples.size(); ++j) {
      slopes.push_back((samples[j].bytes - samples[i].bytes) / (samples[j].step - samples[i].step));
    }
  }
  std::sort(slopes.begin(), slopes.end());
  return slopes;
}

/// The standard deviation of Kendall's S; equal values carry no order and lower it.
double kendall_deviation(std::span<const MemorySample> samples) {
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  std::map<double, double> ties;
  for (const MemorySample& sample : samples) ties[sample.bytes] += 1;
  double variance = term(static_cast<double>(samples.size()));
  for (const auto& [bytes, number] : ties) variance -= term(number);
  return std::sqrt(std::max(variance, 0.0) / 18);
}

double median(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

}  // namespace

Slope robust_slope(std::span<const MemorySample> samples) {
  if (samples.size() < 3) return {};
  const std::vector<double> slopes = sorted_pair_slopes(samples);
  const auto count = static_cast<double>(slopes.size());
  const double reach = kNormal95 * kendall_deviation(samples);
  const auto at = [&](double rank) {
    return slopes[static_cast<std::size_t>(std::clamp(rank, 0.0, count - 1))];
  };
  return {median(slopes), at(std::floor((count - reach) / 2)), at(std::ceil((count + reach) / 2))};
}

bool grows(std::span<const MemorySample> samples, const Slope& slope) {
  if (samples.empty()) return false;
  const double steps = samples.back().step - samples.front().step;
  return slope.low > 0 && slope.low * steps > kNoiseBytes;
}

}  // namespace weir
