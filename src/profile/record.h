#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "profile/record_format.h"
#include "profile/schedule_info.h"
#include "weir/model.h"

namespace weir::profile {

/// What a record says of the machine and the process.
struct RunInfo {
  std::string started;  ///< In UTC: "2026-11-28T16:00:00Z".
  std::uint64_t process = 0;
  std::string host;
};

struct MachineInfo {
  std::string processor;
  std::string isa;
  std::uint64_t cores = 0;
  std::uint64_t memory_bytes = 0;
  double peak_flops = 0;  ///< Of all threads of the session, on registers alone; 0: not known.
};

/// One step of a plan, in the order of execution.
struct StepInfo {
  std::string layer;
  std::string class_name;
  std::string kind;
  std::uint64_t multiply_adds = 0;  ///< Of all rows of the micro-batch, as the other figures.
  std::uint64_t weight_bytes = 0;
  std::uint64_t activation_bytes = 0;  ///< Read and written.
  std::uint64_t bytes_made = 0;
};

/// A session that the record has steps of.
struct SessionInfo {
  MachineInfo machine;
  std::string model;
  std::string file;
  std::uint64_t parameters = 0;
  std::uint64_t weight_bytes = 0;
  ScheduleInfo schedule;  ///< The plan's; `rows_per_second` is not known.
  std::uint64_t batch_size = 0;
  std::optional<std::uint64_t> memory_limit;
  std::uint64_t arena_bytes = 0;
  std::uint64_t lower_bound_bytes = 0;
  std::uint64_t arena_slices = 1;
  std::vector<StepInfo> steps;
  std::vector<PlannedTensor> tensors;
  std::vector<ScheduleInfo> schedules;
};

struct StreamInfo {
  std::string source;
  std::string sink;
};

/// A recorded step; its times are `count` floats of `Record::seconds` from `first` on.
struct Step {
  StepEntry entry;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A record as it was read.
struct Record {
  RunInfo run;
  std::vector<SessionInfo> sessions;
  std::vector<StreamInfo> streams;
  std::vector<ScheduleInfo> measured;  ///< Beside the run, at its process's other schedules.
  std::vector<Step> steps;
  std::vector<float> seconds;
  std::vector<CensusEntry> censuses;
  std::map<std::uint32_t, std::string> holders;
  std::vector<RetainedEntry> retained;
  std::optional<EndEntry> end;  ///< Nothing where its process runs still, or was killed.

  std::span<const float> times(const Step& step) const {
    return std::span(seconds).subspan(step.first, step.count);
  }
  /// Steps done, also those that were not written; and the time of the last entry, in seconds.
  std::uint64_t steps_done() const;
  double length() const;
};

/// Reads a record up to its end, or as far as it is written: an entry that is cut off is left out.
/// Any bytes are safe. Throws kMalformed, naming the place, for bytes that are no record of this
/// version or contradict themselves.
Record read_record(std::span<const std::byte> bytes);
/// The same of a file. Throws kNotFound and kIo as well.
Record read_record_file(const std::filesystem::path& path);

/// Reads a record while it is written. One thread at a time.
class RecordFollower {
 public:
  /// Throws what `read_record` throws for the header.
  explicit RecordFollower(FileDescriptor file);

  /// Reads what was written since; throws what `read_record` throws.
  void read_on();
  /// What was read so far, but for what was forgotten.
  const Record& record() const { return record_; }
  /// Process that writes it.
  std::uint32_t process() const { return process_; }
  /// Keeps the last so many steps and censuses only.
  void forget_old(std::size_t kept);

 private:
  FileDescriptor file_;
  std::uint64_t offset_ = 0;
  std::uint32_t process_ = 0;
  Record record_;
};

}  // namespace weir::profile
