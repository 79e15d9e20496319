#pragma once

#include <sys/types.h>

#include <chrono>

#include "doctor/agent_record.h"
#include "profile/thinned_series.h"

namespace weir::app {

/// Resident memory of another process over time, as the kernel tells anybody who may ask. Thinned
/// out to a few hundred samples, however long it is watched.
class ProcessSamples {
 public:
  explicit ProcessSamples(pid_t process) : process_(process) {}

  /// Takes one now; false if there is no such process.
  bool take();

  /// What is known from outside alone, in the form of a record.
  doctor::AgentRecord record() const;

 private:
  pid_t process_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  profile::ThinnedSeries<doctor::MemorySample> samples_{300};
};

}  // namespace weir::app
