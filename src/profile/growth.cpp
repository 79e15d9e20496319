#include "weir/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "profile/rate_text.h"

namespace weir {
namespace {

constexpr std::size_t kFewest = 8;  ///< Samples that say anything.
constexpr std::size_t kBlocks = 120;
/// What a deviation has to be to decide: one series in a thousand that is level reaches it; and to
/// agree with what another part of the series decided.
constexpr double kDecisive = 3.2905;
constexpr double kAgreeing = 2;
/// A fall of more than this many deviations of the noise is no noise.
constexpr double kFall = 6;
constexpr double kPage = 4096;
constexpr double kSmallestChange = 2 * kPage;

struct Slope {
  double per_step = 0.0;
  double low = 0.0;
  double high = 0.0;
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// Samples in blocks of neighbours, each as the median of its steps and of its bytes.
std::vector<GrowthSample> in_blocks(std::span<const GrowthSample> samples) {
  const std::size_t count = std::min(kBlocks, samples.size());
  std::vector<GrowthSample> blocks;
  for (std::size_t block = 0; block < count; ++block) {
    const std::size_t begin = block * samples.size() / count;
    const std::size_t end = (block + 1) * samples.size() / count;
    std::vector<double> steps;
    std::vector<double> bytes;
    for (const GrowthSample& sample : samples.subspan(begin, end - begin)) {
      steps.push_back(sample.step);
      bytes.push_back(sample.bytes);
    }
    blocks.push_back({median(std::move(steps)), median(std::move(bytes))});
  }
  return blocks;
}

/// The standard deviation of Kendall's S; equal values carry no order and lower it.
double kendall_deviation(std::span<const GrowthSample> samples) {
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  std::map<double, double> ties;
  for (const GrowthSample& sample : samples) ties[sample.bytes] += 1;
  double variance = term(static_cast<double>(samples.size()));
  for (const auto& [bytes, number] : ties) variance -= term(number);
  return std::sqrt(std::max(variance, 0.0) / 18);
}

std::vector<double> sorted_pair_slopes(std::span<const GrowthSample> samples) {
  std::vector<double> slopes;
  slopes.reserve(samples.size() * (samples.size() - 1) / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t j = i + 1; j < samples.size(); ++j) {
      if (samples[j].step <= samples[i].step) continue;
      slopes.push_back((samples[j].bytes - samples[i].bytes) / (samples[j].step - samples[i].step));
    }
  }
  std::sort(slopes.begin(), slopes.end());
  return slopes;
}

/// By how much the interval must be wider because neighbours resemble each other: a walk of n
/// samples says less than n independent ones.
double resemblance(std::span<const GrowthSample> samples, double slope) {
  std::vector<double> rest;
  for (const GrowthSample& sample : samples) rest.push_back(sample.bytes - slope * sample.step);
  double mean = 0;
  for (const double value : rest) mean += value / static_cast<double>(rest.size());
  double own = 0;
  double neighbours = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    own += (rest[i] - mean) * (rest[i] - mean);
    if (i > 0) neighbours += (rest[i] - mean) * (rest[i - 1] - mean);
  }
  const double correlation = own > 0 ? std::clamp(neighbours / own, 0.0, 0.9) : 0.0;
  return std::sqrt((1 + correlation) / (1 - correlation));
}

Slope slope_of(std::span<const GrowthSample> samples, double deviations) {
  const std::vector<double> slopes = sorted_pair_slopes(samples);
  if (slopes.empty()) return {};
  const double middle = median(slopes);
  const auto count = static_cast<double>(slopes.size());
  const double reach = deviations * kendall_deviation(samples) * resemblance(samples, middle);
  const auto at = [&](double rank) {
    return slopes[static_cast<std::size_t>(std::clamp(rank, 0.0, count - 1))];
  };
  return {middle, at(std::floor((count - reach) / 2)), at(std::ceil((count + reach) / 2))};
}

/// Deviations of a normal distribution that hold this share of it, by bisection of erf.
double deviations_for(double confidence) {
  double low = 0;
  double high = 8;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < confidence ? low : high) = middle;
  }
  return high;
}

/// The noise between neighbours, as a standard deviation: robust, and blind to slow growth.
double noise_of(std::span<const GrowthSample> blocks) {
  std::vector<double> bends;
  for (std::size_t i = 2; i < blocks.size(); ++i) {
    bends.push_back(std::abs(blocks[i].bytes - 2 * blocks[i - 1].bytes + blocks[i - 2].bytes));
  }
  return 1.4826 * median(std::move(bends)) / std::sqrt(6.0);
}

/// Jumps of the level: the next three blocks lie on the other side of all of the last three.
std::vector<ChangePoint> changes_in(std::span<const GrowthSample> blocks, double smallest) {
  constexpr std::size_t kSide = 3;
  std::vector<ChangePoint> changes;
  for (std::size_t i = kSide; i + kSide <= blocks.size(); ++i) {
    const auto level = [&](std::size_t first) {
      return median({blocks[first].bytes, blocks[first + 1].bytes, blocks[first + 2].bytes});
    };
    const double jump = blocks[i].bytes - blocks[i - 1].bytes;
    const double moved = level(i) - level(i - kSide);
    if (std::abs(jump) < smallest || std::abs(moved) < smallest || jump * moved < 0) continue;
    if (std::abs(jump) < std::abs(moved) / 2) continue;
    changes.push_back({blocks[i].step, moved});
  }
  return changes;
}

/// Whether its falls take back a good part of what a series gains; else they are dips of a slope.
bool is_sawtooth(std::span<const GrowthSample> blocks, double smallest_fall) {
  double fallen = 0;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const double fall = blocks[i - 1].bytes - blocks[i].bytes;
    if (fall >= smallest_fall) fallen += fall;
  }
  return fallen > (blocks.back().bytes - blocks.front().bytes) / 4;
}

/// The floors of a series that falls again and again: the lowest block behind each fall.
std::vector<GrowthSample> floors_of(std::span<const GrowthSample> blocks, double smallest_fall) {
  std::vector<GrowthSample> floors;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i - 1].bytes - blocks[i].bytes < smallest_fall) continue;
    const bool same_fall = i >= 2 && !floors.empty() && floors.back().step == blocks[i - 1].step;
    if (same_fall) {
      floors.back() = blocks[i];
    } else {
      floors.push_back(blocks[i]);
    }
  }
  return floors;
}

double span_of(std::span<const GrowthSample> samples) {
  return samples.empty() ? 0 : samples.back().step - samples.front().step;
}

/// The median distance from the line of this slope.
double scatter_around(double slope, std::span<const GrowthSample> samples) {
  std::vector<double> rest;
  for (const GrowthSample& sample : samples) rest.push_back(sample.bytes - slope * sample.step);
  const double middle = median(rest);
  for (double& value : rest) value = std::abs(value - middle);
  return median(std::move(rest));
}

/// By the order of the samples; or, where neighbours resemble each other because of a bump, so that
/// their order proves little, by a rise beside which all that they scatter is nothing.
bool surely_grows(std::span<const GrowthSample> samples, double deviations, double noise_bytes) {
  constexpr double kNothing = 0.04;
  if (samples.size() < 4) return false;
  const Slope slope = slope_of(samples, deviations);
  const double rise = slope.per_step * span_of(samples);
  if (rise <= noise_bytes) return false;
  const bool stays = samples.back().bytes - samples.front().bytes > rise / 2;
  return slope.low > 0 || (stays && samples.size() >= kFewest &&
                           scatter_around(slope.per_step, samples) < kNothing * rise);
}

/// Surely, and in its second half still.
bool keeps_growing(std::span<const GrowthSample> samples, double noise_bytes) {
  return surely_grows(samples, kDecisive, noise_bytes) &&
         surely_grows(samples.last((samples.size() + 1) / 2), kAgreeing, noise_bytes / 4);
}

/// Whether jumps upwards go on: at least four of a size, evenly enough that the last is no older
/// than three of the usual distances, and not taken back.
bool is_staircase(std::span<const ChangePoint> changes, double first_step, double last_step) {
  double largest = 0;
  for (const ChangePoint& change : changes) largest = std::max(largest, change.bytes);
  std::vector<double> distances;
  double fallen = 0;
  double risen = 0;
  double before = first_step;
  for (const ChangePoint& change : changes) {
    if (change.bytes < 0) fallen -= change.bytes;
    if (change.bytes < largest / 5) continue;
    risen += change.bytes;
    distances.push_back(change.step - before);
    before = change.step;
  }
  if (distances.size() < 4 || fallen > risen / 4) return false;
  return last_step - before <= 3 * median(std::move(distances));
}

void set_slope(Growth& growth, std::span<const GrowthSample> judged) {
  const Slope slope = slope_of(judged, deviations_for(growth.confidence));
  growth.first_step = judged.front().step;
  growth.last_step = judged.back().step;
  growth.bytes_per_step = slope.per_step;
  growth.low = slope.low;
  growth.high = slope.high;
}

/// For what does not rise evenly: the rate from the first to the last.
void set_rise(Growth& growth, std::span<const GrowthSample> judged) {
  set_slope(growth, judged);
  const double rise = judged.back().bytes - judged.front().bytes;
  growth.bytes_per_step = rise / span_of(judged);
  growth.low = std::min(growth.low, growth.bytes_per_step);
  growth.high = std::max(growth.high, growth.bytes_per_step);
}

/// Of a series that grows and, near its end, falls once, by less than it has gained, like one whose
/// garbage is collected there: all of it until that floor. Empty for others.
std::span<const GrowthSample> until_last_floor(std::span<const GrowthSample> blocks,
                                               const GrowthSample& floor, double noise_bytes,
                                               double smallest_fall) {
  const auto end = std::ranges::find(blocks, floor.step, &GrowthSample::step);
  const auto top = std::max_element(blocks.begin(), end,
                                    [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  const auto rise = blocks.first(static_cast<std::size_t>(top - blocks.begin()) + 1);
  const bool is_late = rise.size() >= blocks.size() / 2;
  const bool gains = floor.bytes - blocks.front().bytes > smallest_fall;
  if (!is_late || !gains || !keeps_growing(rise, noise_bytes)) return {};
  return blocks.first(static_cast<std::size_t>(end - blocks.begin()) + 1);
}

}  // namespace

std::string_view to_string(GrowthKind kind) {
  switch (kind) {
    case GrowthKind::kUnknown:
      return "unknown";
    case GrowthKind::kLevel:
      return "level";
    case GrowthKind::kGrowth:
      return "growth";
    case GrowthKind::kStaircase:
      return "staircase";
  }
  return "";
}

Growth judge_growth(std::span<const GrowthSample> samples, const GrowthOptions& options) {
  Growth growth;
  growth.confidence = options.confidence;
  if (samples.size() < kFewest || span_of(samples) <= 0) return growth;
  const std::vector<GrowthSample> blocks = in_blocks(samples);
  const std::span<const GrowthSample> all(blocks);
  const double noise = noise_of(all);
  const double smallest_change = std::max(kFall * noise, kSmallestChange);
  growth.changes = changes_in(all, smallest_change);
  const std::span<const GrowthSample> half = all.last((all.size() + 1) / 2);

  const double smallest_fall = std::max(kFall * noise, options.noise_bytes);
  const std::vector<GrowthSample> floors = floors_of(half, smallest_fall);
  if (floors.size() >= 4 && is_sawtooth(half, smallest_fall)) {
    set_slope(growth, floors);
    growth.kind = surely_grows(floors, kDecisive, options.noise_bytes) ? GrowthKind::kGrowth
                                                                       : GrowthKind::kLevel;
  } else {
    set_slope(growth, half);
    growth.kind =
        keeps_growing(half, options.noise_bytes) ? GrowthKind::kGrowth : GrowthKind::kLevel;
    const std::span<const GrowthSample> late = all.last(all.size() * 5 / 6);
    if (!growth.grows() && growth.low >= 0 && late.size() >= kFewest &&
        late.back().bytes - late.front().bytes > options.noise_bytes &&
        is_staircase(growth.changes, blocks.front().step, blocks.back().step)) {
      set_rise(growth, late);
      growth.kind = GrowthKind::kStaircase;
    }
    if (!growth.grows() && floors.size() == 1) {
      const auto grown = until_last_floor(half, floors[0], options.noise_bytes, smallest_fall);
      if (!grown.empty()) {
        set_rise(growth, grown);
        growth.kind = GrowthKind::kGrowth;
      }
    }
  }
  // A rise that is plain in spite of a bump may have an interval that reaches below none.
  if (growth.grows()) growth.low = std::max(growth.low, 0.0);
  if (growth.grows() && options.limit_bytes && growth.bytes_per_step > 0) {
    // The last block lies a little before the last sample.
    const double behind = samples.back().step - blocks.back().step;
    const double left = *options.limit_bytes - blocks.back().bytes;
    growth.steps_to_limit = std::max(0.0, left / growth.bytes_per_step - behind);
  }
  return growth;
}

double Growth::bound() const {
  const double steps = last_step - first_step;
  return std::max(high, steps > 0 ? kPage / steps : 0);
}

std::string to_text(const Growth& growth) {
  const int percent = static_cast<int>(std::lround(growth.confidence * 100));
  switch (growth.kind) {
    case GrowthKind::kUnknown:
      return "unknown: too few samples to tell";
    case GrowthKind::kLevel:
      return fmt::format("level: less than {} a step with {} % confidence",
                         profile::rate_text(growth.bound()), percent);
    case GrowthKind::kGrowth:
    case GrowthKind::kStaircase:
      break;
  }
  const std::string rate =
      fmt::format("{} a step, with {} % confidence between {} and {}",
                  profile::rate_text(growth.bytes_per_step), percent,
                  profile::rate_text(growth.low), profile::rate_text(growth.high));
  return growth.kind == GrowthKind::kStaircase ? fmt::format("grows in jumps: {}", rate)
                                               : fmt::format("grows: {}", rate);
}

}  // namespace weir
