#include "process_samples.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace weir::app {
namespace {

constexpr std::size_t kSamples = 300;

}  // namespace

bool ProcessSamples::take() {
  std::ifstream statm(fmt::format("/proc/{}/statm", process_));
  double pages = 0;
  double resident_pages = 0;
  if (!(statm >> pages >> resident_pages)) return false;
  if (seen_++ % distance_ != 0) return true;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  doctor::MemorySample sample;
  sample.moment.time = seconds.count();
  sample.resident = resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  auto& samples = record_.samples;
  samples.push_back(sample);
  if (samples.size() < 2 * kSamples) return true;
  for (std::size_t i = 0; i < kSamples; ++i) samples[i] = samples[2 * i];
  samples.resize(kSamples);
  distance_ *= 2;
  return true;
}

}  // namespace weir::app
