#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "profile/census.h"
#include "profile/recent_growth.h"
#include "weir/metric.h"

namespace weir::profile {

/// Upper ends of the latency histogram's buckets, in seconds; the last one is open.
inline constexpr std::array kLatencyBounds{1e-6,   1e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
                                           2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1,
                                           0.25,   0.5,  1.0,  2.5,    5.0,  10.0};

/// What a run has done so far, for whoever watches it.
struct Counters {
  std::uint64_t steps = 0;
  std::uint64_t rows = 0;
  double step_seconds = 0;                                           ///< Of all steps together.
  std::array<std::uint64_t, kLatencyBounds.size() + 1> latencies{};  ///< Steps in each bucket.
  std::uint32_t queue_depth = 0;
  std::uint64_t retained_outputs = 0;
  std::uint64_t retained_bytes = 0;
  std::uint64_t planned_peak = 0;  ///< Of the session that was announced last.
  Census census;                   ///< The last one.
  RecentGrowth resident;           ///< Of all censuses.
};

/// Gives the callback each measurement, those of one name one after the other.
void each_metric(const Counters& counters, const MetricCallback& callback);

}  // namespace weir::profile
