#include "kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

namespace weir::kernels {

double measure_peak(const ThreadPool& pool, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kRounds = 1 << 17;  // Some milliseconds.
  std::vector<double> done(pool.size());
  double best = 0;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    const auto begin = Clock::now();
    pool.run(pool.size(), [&](std::size_t i) { done[i] = multiply_registers(kRounds); });
    const std::chrono::duration<double> taken = Clock::now() - begin;
    best = std::max(best, std::accumulate(done.begin(), done.end(), 0.0) / taken.count());
  } while (Clock::now() < end);
  return best;
}

}  // namespace weir::kernels
