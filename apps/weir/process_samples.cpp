#include "process_samples.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace weir::app {
bool ProcessSamples::take() {
  std::ifstream statm(fmt::format("/proc/{}/statm", process_));
  double pages = 0;
  double resident_pages = 0;
  if (!(statm >> pages >> resident_pages)) return false;
  if (!samples_.is_due()) return true;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  doctor::MemorySample sample;
  sample.moment.time = seconds.count();
  sample.resident = resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  samples_.add(sample);
  return true;
}

doctor::AgentRecord ProcessSamples::record() const {
  doctor::AgentRecord record;
  record.samples.assign(samples_.samples().begin(), samples_.samples().end());
  return record;
}

}  // namespace weir::app
