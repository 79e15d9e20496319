#include "doctor/trace_growth.h"

#include <algorithm>

#include "weir/growth.h"

namespace weir::doctor {
namespace {

constexpr double kEnoughSteps = 8;
// Two quarters of a steady leak differ by chance of sampling and by where buckets begin.
constexpr double kAlike = 0.3;
constexpr double kNoise = 1024 * 1024.0;

/// Bytes alive that were made from one step on, before another.
double alive_of(const TraceSite& site, double begin, double end) {
  double sum = 0;
  for (const auto& [step, bytes] : site.by_step) {
    const auto made = static_cast<double>(step);
    if (made >= begin && made < end) sum += static_cast<double>(bytes);
  }
  return sum;
}

double growth_of(const TraceSite& site, double steps) {
  const double third = alive_of(site, steps / 2, steps * 3 / 4);
  const double fourth = alive_of(site, steps * 3 / 4, steps + 1);
  if (std::min(third, fourth) < kAlike * std::max(third, fourth)) return 0;
  return (third + fourth) / (steps / 2);
}

}  // namespace

double last_traced_step(const TraceRecord& trace) {
  return trace.samples.empty() ? 0 : static_cast<double>(trace.samples.back().step);
}

std::vector<GrowingSite> growing_sites(const TraceRecord& trace) {
  std::vector<GrowingSite> growing;
  const double steps = last_traced_step(trace);
  if (steps < kEnoughSteps) return growing;
  for (const TraceSite& site : trace.sites) {
    const double rate = growth_of(site, steps);
    if (rate > 0) growing.push_back({&site, rate});
  }
  std::ranges::sort(growing, std::greater<>(), &GrowingSite::bytes_per_step);
  return growing;
}

bool live_is_level(const TraceRecord& trace) {
  std::vector<GrowthSample> series;
  for (const TraceSample& sample : trace.samples) {
    const auto step = static_cast<double>(sample.step);
    // What comes after the last step is the program's end, where much is freed.
    if (step < 1 || sample.step == trace.samples.back().step) continue;
    if (!series.empty() && series.back().step >= step) series.pop_back();
    series.push_back({step, static_cast<double>(sample.live_bytes + sample.mapped_live_bytes)});
  }
  return judge_growth(series, {.noise_bytes = kNoise}).kind == GrowthKind::kLevel;
}

}  // namespace weir::doctor
