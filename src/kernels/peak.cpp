#include "kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <vector>

#include "base/caches.h"
#include "base/memory.h"

namespace weir::kernels {
namespace {

/// How much a second all threads get done: the best of some tries. `work(i)` says what thread `i`
/// did.
double best_rate(const ThreadPool& pool, double seconds,
                 const std::function<double(std::size_t)>& work) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> done(pool.size());
  double best = 0;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    const auto begin = Clock::now();
    pool.run(pool.size(), [&](std::size_t i, std::size_t) { done[i] = work(i); });
    const std::chrono::duration<double> taken = Clock::now() - begin;
    best = std::max(best, std::accumulate(done.begin(), done.end(), 0.0) / taken.count());
  } while (Clock::now() < end);
  return best;
}

}  // namespace

double measure_peak(const ThreadPool& pool, double seconds) {
  constexpr std::size_t kRounds = 1 << 17;  // Some milliseconds.
  return best_rate(pool, seconds, [](std::size_t) { return multiply_registers(kRounds); });
}

double measure_bandwidth(const ThreadPool& pool, double seconds) {
  const AlignedBuffer buffer(2 * cache_sizes().level3);
  const std::span<float> values = buffer.as<float>();
  std::fill(values.begin(), values.end(), 1.0F);  // A page that nobody wrote to is the zero page.
  const std::size_t part = values.size() / pool.size();
  return best_rate(pool, seconds, [&](std::size_t i) {
    const std::span<const float> own = values.subspan(i * part, part);
    // The sum must be used, or nothing would be read.
    return sum_floats(own) < 0.0F ? 0.0 : static_cast<double>(own.size_bytes());
  });
}

}  // namespace weir::kernels
