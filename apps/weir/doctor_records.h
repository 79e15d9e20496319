#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "doctor/agent_record.h"
#include "doctor/trace_record.h"
#include "temporary_folder.h"

namespace weir::app {

/// What was written inside of one process.
struct ProcessRecords {
  doctor::AgentRecord agent;
  std::optional<doctor::TraceRecord> trace;  ///< Nothing where allocations were not traced.
  std::string trouble;                       ///< Why a trace cannot be read.
};

/// The folder that a watched program's agents and tracers write to. A temporary one goes when this
/// does.
class DoctorRecords {
 public:
  /// In the folder named, which is made and kept; without one, in a temporary folder.
  explicit DoctorRecords(const std::optional<std::string>& kept);

  /// Where an agent writes; "%p" stands for its process.
  std::string agent_pattern() const { return (folder_ / "agent.%p.jsonl").string(); }

  /// The same for the tracer.
  std::string trace_pattern() const { return (folder_ / "trace.%p.jsonl").string(); }

  /// Where an agent saves the program's model.
  std::string model_file() const { return (folder_ / "model.keras").string(); }

  /// The records of the process, or of the one below it that wrote the most (a program may be
  /// started by a shell). Nothing if no agent has begun.
  std::optional<ProcessRecords> read(pid_t process) const;

  /// Those of all other processes.
  std::vector<std::pair<std::string, ProcessRecords>> read_others(pid_t process) const;

 private:
  std::filesystem::path main_file(pid_t process) const;
  std::vector<std::filesystem::path> files() const;
  ProcessRecords read_file(const std::filesystem::path& agent_file) const;

  std::filesystem::path folder_;
  std::optional<TemporaryFolder> temporary_;
};

}  // namespace weir::app
