#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "profile/owner.h"

/// The layout of a `.weirprof` file, version 1; docs/profile-format.md describes it. A header, then
/// entries one after the other, each of a prefix and a payload, padded to 8 bytes. A writer sets
/// the prefix's `kind` last: a file that is being written, or whose writer was killed, ends at the
/// first zero.
namespace weir::profile {

static_assert(std::endian::native == std::endian::little, "the record is little endian");

inline constexpr std::array<char, 8> kRecordMagic{'W', 'E', 'I', 'R', 'P', 'R', 'O', 'F'};
inline constexpr std::uint32_t kRecordVersion = 1;

struct RecordHeader {
  std::array<char, 8> magic = kRecordMagic;
  std::uint32_t version = kRecordVersion;
  std::uint32_t header_bytes = 24;
  std::uint32_t owner_count = kOwnerCount;
  std::uint32_t process = 0;  ///< The writer's process id.
};
static_assert(sizeof(RecordHeader) == 24);

enum class EntryKind : std::uint32_t {
  kNone = 0,      ///< The end, so far.
  kRun = 1,       ///< JSON: when and where it runs.
  kSession = 2,   ///< JSON: a model and its plan; entries of steps refer to its number.
  kStep = 3,      ///< StepEntry, then a float32 for each step of the plan: seconds.
  kCensus = 4,    ///< CensusEntry.
  kHolder = 5,    ///< HolderEntry, then the holder's name.
  kRetained = 6,  ///< RetainedEntry.
  kEnd = 7,       ///< EndEntry: the record was finished.
  kStream = 8,    ///< JSON: the classes of a stream's source and sink.
  kMeasured = 9,  ///< JSON: a schedule, and what was measured of it beside the run.
};

struct EntryPrefix {
  EntryKind kind = EntryKind::kNone;
  std::uint32_t bytes = 0;  ///< Of the payload, without padding.
};
static_assert(sizeof(EntryPrefix) == 8);

/// Times are in nanoseconds since the record began.
struct StepEntry {
  std::uint64_t step = 0;  ///< Counted over all sessions of the record, from 0.
  std::uint64_t time = 0;  ///< When it ended.
  std::uint64_t duration = 0;
  std::uint64_t rows = 0;      ///< Predicted by this step.
  std::uint64_t resident = 0;  ///< Of the process behind it, by the kernel's quick count.
  std::uint32_t session = 0;
  std::uint32_t queue_depth = 0;  ///< Batches that wait between source and session.
};
static_assert(sizeof(StepEntry) == 48);

struct CensusEntry {
  std::uint64_t step = 0;  ///< Steps that had ended.
  std::uint64_t time = 0;
  std::uint64_t resident = 0;
  std::uint64_t proportional = 0;
  std::uint64_t anonymous = 0;
  OwnerBytes owners{};
};
static_assert(sizeof(CensusEntry) == 40 + 8 * kOwnerCount);

struct HolderEntry {
  std::uint32_t holder = 0;
  std::uint32_t reserved = 0;
};

/// What a holder has kept up to this step, all together.
struct RetainedEntry {
  std::uint64_t step = 0;
  std::uint64_t time = 0;
  std::uint64_t outputs = 0;
  std::uint64_t bytes = 0;
  std::uint32_t holder = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(RetainedEntry) == 40);

struct EndEntry {
  std::uint64_t steps = 0;
  std::uint64_t rows = 0;
  std::uint64_t time = 0;
};

}  // namespace weir::profile
