#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "doctor/agent_record.h"

namespace weir::app {

/// Resident memory of another process over time, as the kernel tells anybody who may ask. Thinned
/// out to a few hundred samples, however long it is watched.
class ProcessSamples {
 public:
  explicit ProcessSamples(pid_t process) : process_(process) {}

  /// Takes one now; false if there is no such process.
  bool take();

  /// What is known from outside alone, in the form of a record.
  const doctor::AgentRecord& record() const { return record_; }

 private:
  pid_t process_;
  std::uint64_t seen_ = 0;
  std::uint64_t distance_ = 1;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  doctor::AgentRecord record_;
};

}  // namespace weir::app
