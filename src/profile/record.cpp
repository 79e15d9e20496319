#include "profile/record.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/fail.h"

namespace weir::profile {
namespace {

using Json = nlohmann::json;

/// The entries of a record, one after the other.
class Entries {
 public:
  explicit Entries(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// Bytes that are not taken yet.
  std::size_t left() const { return bytes_.size(); }

  /// False at the end, and before an entry that is not whole.
  bool next(EntryKind& kind, std::span<const std::byte>& payload) {
    EntryPrefix prefix;
    if (bytes_.size() < sizeof prefix) return false;
    std::memcpy(&prefix, bytes_.data(), sizeof prefix);
    if (prefix.kind == EntryKind::kNone) return false;
    const std::span<const std::byte> rest = bytes_.subspan(sizeof prefix);
    if (prefix.bytes > rest.size()) return false;
    kind = prefix.kind;
    payload = rest.first(prefix.bytes);
    const std::size_t padded = (std::size_t{prefix.bytes} + 7) & ~std::size_t{7};
    bytes_ = rest.subspan(std::min(padded, rest.size()));
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
};

/// A struct from the front of a payload; what follows it stays.
template <typename Entry>
Entry take(std::span<const std::byte>& payload, const char* what) {
  require(payload.size() >= sizeof(Entry), ErrorCode::kMalformed,
          "the entry of a {} has {} bytes instead of {}", what, payload.size(), sizeof(Entry));
  Entry entry;
  std::memcpy(&entry, payload.data(), sizeof entry);
  payload = payload.subspan(sizeof entry);
  return entry;
}

std::string text_of(std::span<const std::byte> payload) {
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

Json parse(std::span<const std::byte> payload) {
  Json json = Json::parse(text_of(payload), nullptr, false);
  require(json.is_object(), ErrorCode::kMalformed, "an entry of a record is no JSON object");
  return json;
}

RunInfo read_run(const Json& json) {
  return {json.at("started"), json.at("process"), json.at("host")};
}

MachineInfo read_machine(const Json& json) {
  return {json.at("processor"), json.at("isa"), json.at("cores"), json.at("memory_bytes"),
          json.at("peak_flops")};
}

StepInfo read_step(const Json& json) {
  return {json.at("layer"),         json.at("class"),        json.at("kind"),
          json.at("multiply_adds"), json.at("weight_bytes"), json.at("activation_bytes"),
          json.at("bytes_made")};
}

PlannedTensor read_tensor(const Json& json, std::size_t steps, std::uint64_t arena_bytes) {
  PlannedTensor tensor{json.at("name"),  json.at("storage"),    json.at("offset"),
                       json.at("bytes"), json.at("first_step"), json.at("last_step")};
  require(tensor.first_step <= tensor.last_step && tensor.last_step <= steps &&
              tensor.offset <= arena_bytes && tensor.bytes <= arena_bytes,
          ErrorCode::kMalformed, "the tensor '{}' of a record lies outside its plan", tensor.name);
  return tensor;
}

SessionInfo read_session(const Json& json) {
  SessionInfo session;
  session.machine = read_machine(json.at("machine"));
  const Json& model = json.at("model");
  session.model = model.at("name");
  session.file = model.at("file");
  session.parameters = model.at("parameters");
  session.weight_bytes = model.at("weight_bytes");
  const Json& plan = json.at("plan");
  session.schedule = read_schedule(plan);
  session.batch_size = plan.at("batch_size");
  const Json& limit = plan.at("memory_limit");
  if (!limit.is_null()) session.memory_limit = limit.get<std::uint64_t>();
  session.arena_bytes = plan.at("arena_bytes");
  session.lower_bound_bytes = plan.at("lower_bound_bytes");
  session.arena_slices = plan.at("arena_slices");
  for (const Json& step : plan.at("steps")) session.steps.push_back(read_step(step));
  for (const Json& tensor : plan.at("tensors")) {
    session.tensors.push_back(read_tensor(tensor, session.steps.size(), session.arena_bytes));
  }
  for (const Json& schedule : json.at("schedules")) {
    session.schedules.push_back(read_schedule(schedule));
  }
  return session;
}

void add_step(std::span<const std::byte> payload, Record& record) {
  Step step{take<StepEntry>(payload, "step"), record.seconds.size(),
            payload.size() / sizeof(float)};
  require(step.entry.session < record.sessions.size(), ErrorCode::kMalformed,
          "a step of a record belongs to session {}, of which it has {}", step.entry.session,
          record.sessions.size());
  const std::size_t planned = record.sessions[step.entry.session].steps.size();
  require(step.count == planned, ErrorCode::kMalformed,
          "a step of a record has {} times for a plan of {} steps", step.count, planned);
  record.seconds.resize(step.first + step.count);
  if (step.count > 0) {
    std::memcpy(record.seconds.data() + step.first, payload.data(), step.count * sizeof(float));
  }
  record.steps.push_back(step);
}

void add_entry(EntryKind kind, std::span<const std::byte> payload, Record& record) {
  switch (kind) {
    case EntryKind::kRun:
      record.run = read_run(parse(payload));
      break;
    case EntryKind::kSession:
      record.sessions.push_back(read_session(parse(payload)));
      break;
    case EntryKind::kStream: {
      const Json json = parse(payload);
      record.streams.push_back({json.at("source"), json.at("sink")});
      break;
    }
    case EntryKind::kMeasured:
      record.measured.push_back(read_schedule(parse(payload)));
      break;
    case EntryKind::kStep:
      add_step(payload, record);
      break;
    case EntryKind::kCensus:
      record.censuses.push_back(take<CensusEntry>(payload, "census"));
      break;
    case EntryKind::kHolder: {
      const auto entry = take<HolderEntry>(payload, "holder");
      record.holders[entry.holder] = text_of(payload);
      break;
    }
    case EntryKind::kRetained:
      record.retained.push_back(take<RetainedEntry>(payload, "retained output"));
      break;
    case EntryKind::kEnd:
      record.end = take<EndEntry>(payload, "record's end");
      break;
    case EntryKind::kNone:
    default:
      break;  // Of a later writer.
  }
}

/// Takes the header off the front.
RecordHeader take_header(std::span<const std::byte>& bytes) {
  RecordHeader header;
  const bool long_enough = bytes.size() >= sizeof header;
  if (long_enough) std::memcpy(&header, bytes.data(), sizeof header);
  require(long_enough && header.magic == kRecordMagic, ErrorCode::kMalformed,
          "not a profile: it does not begin as a .weirprof file does");
  require(header.version == kRecordVersion && header.owner_count == kOwnerCount,
          ErrorCode::kUnsupported, "the profile has version {} of the format; this Weir reads {}",
          header.version, kRecordVersion);
  require(header.header_bytes >= sizeof header && header.header_bytes <= bytes.size(),
          ErrorCode::kMalformed, "the profile's header is cut off");
  bytes = bytes.subspan(header.header_bytes);
  return header;
}

/// Adds all whole entries to the record; returns how many bytes they have.
std::size_t add_entries(std::span<const std::byte> bytes, Record& record) {
  Entries entries(bytes);
  EntryKind kind = EntryKind::kNone;
  std::span<const std::byte> payload;
  try {
    while (entries.next(kind, payload)) add_entry(kind, payload, record);
  } catch (const Json::exception& error) {
    fail(ErrorCode::kMalformed, "an entry of the profile: {}", error.what());
  }
  return bytes.size() - entries.left();
}

/// What a file has from an offset on.
std::vector<std::byte> read_from(const FileDescriptor& file, std::uint64_t offset) {
  std::vector<std::byte> bytes(std::size_t{1} << 16);
  std::size_t size = 0;
  while (true) {
    const ssize_t count = pread(file.get(), bytes.data() + size, bytes.size() - size,
                                static_cast<off_t>(offset + size));
    if (count < 0) fail_with_errno("cannot read the profile");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size == bytes.size()) bytes.resize(2 * size);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::uint64_t Record::steps_done() const {
  if (end) return end->steps;
  std::uint64_t done = steps.empty() ? 0 : steps.back().entry.step + 1;
  if (!censuses.empty()) done = std::max(done, censuses.back().step);
  return done;
}

double Record::length() const {
  std::uint64_t last = end ? end->time : 0;
  if (!steps.empty()) last = std::max(last, steps.back().entry.time);
  if (!censuses.empty()) last = std::max(last, censuses.back().time);
  return static_cast<double>(last) * 1e-9;
}

Record read_record(std::span<const std::byte> bytes) {
  take_header(bytes);
  Record record;
  add_entries(bytes, record);
  return record;
}

Record read_record_file(const std::filesystem::path& path) try {
  // Not mapped: its writer may cut it off meanwhile.
  return read_record(read_from(open_for_reading(path), 0));
} catch (const Error& error) {
  throw error.within({.file = path.string(), .layer = {}, .tensor = {}});
}

RecordFollower::RecordFollower(FileDescriptor file) : file_(std::move(file)) {
  const std::vector<std::byte> bytes = read_from(file_, 0);
  std::span<const std::byte> rest(bytes);
  process_ = take_header(rest).process;
  offset_ = bytes.size() - rest.size();
  offset_ += add_entries(rest, record_);
}

void RecordFollower::read_on() { offset_ += add_entries(read_from(file_, offset_), record_); }

void RecordFollower::forget_old(std::size_t kept) {
  if (record_.steps.size() > kept) {
    const auto gone = static_cast<std::ptrdiff_t>(record_.steps.size() - kept);
    const std::size_t first = record_.steps[static_cast<std::size_t>(gone)].first;
    record_.steps.erase(record_.steps.begin(), record_.steps.begin() + gone);
    for (Step& step : record_.steps) step.first -= first;
    record_.seconds.erase(record_.seconds.begin(),
                          record_.seconds.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (record_.censuses.size() > kept) {
    record_.censuses.erase(record_.censuses.begin(),
                           record_.censuses.end() - static_cast<std::ptrdiff_t>(kept));
  }
}

}  // namespace weir::profile
