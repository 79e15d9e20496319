#include "roof.h"

#include <algorithm>

#include "kernels/peak.h"

namespace weir::bench {

double Roof::seconds(double work_operations, double work_bytes) const {
  return std::max(work_operations / operations, work_bytes / bytes);
}

Roof measure_roof(const ThreadPool& pool) {
  constexpr double kSeconds = 0.5;
  return {kernels::measure_peak(pool, kSeconds), kernels::measure_bandwidth(pool, kSeconds)};
}

}  // namespace weir::bench
