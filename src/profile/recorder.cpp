#include "profile/recorder.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/fail.h"
#include "base/process_memory.h"

namespace weir::profile {
namespace {

using Json = nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

// Writing a step of two hundred layers takes some microseconds: this keeps it below a hundredth of
// the time when steps are short.
constexpr std::int64_t kShortestDistance = 200'000;
// The first of the sizes at which a record becomes sparser; each later one is twice the one before.
constexpr std::uint64_t kFirstSizeMark = std::uint64_t{32} << 20;
// A census walks all page tables: a hundredth of the time, or as often as a chart has use for.
constexpr std::int64_t kCensusShare = 200;
constexpr std::int64_t kShortestCensusDistance = 20'000'000;

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// On one line; bytes that are no UTF-8 are replaced.
std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Recorder::Recorder(const std::filesystem::path& path) : writer_(path), size_mark_(kFirstSizeMark) {
  write_run();
}

Recorder::~Recorder() {
  try {
    finish();
  } catch (const Error&) {
    // A full disk: the record ends where it ends, which readers can tell.
  }
}

std::uint64_t Recorder::now() const {
  return static_cast<std::uint64_t>(duration_cast<nanoseconds>(Clock::now() - start_).count());
}

void Recorder::write_text(EntryKind kind, std::string_view text) {
  const std::array parts{bytes_of(text)};
  writer_.append(kind, parts);
}

template <typename Entry>
void Recorder::write(EntryKind kind, const Entry& entry, std::span<const std::byte> rest) {
  const std::array parts{bytes_of(entry), rest};
  writer_.append(kind, parts);
}

void Recorder::write_run() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const Json run{{"started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                 {"process", getpid()},
                 {"host", std::string(host.data())}};
  write_text(EntryKind::kRun, to_text(run));
}

std::uint32_t Recorder::add_session(std::string_view description, std::uint64_t planned_peak) {
  const std::lock_guard lock(mutex_);
  counters_.planned_peak = planned_peak;
  if (!finished_) write_text(EntryKind::kSession, description);
  return sessions_++;
}

void Recorder::add_stream(std::string_view source, std::string_view sink) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  write_text(EntryKind::kStream, to_text({{"source", source}, {"sink", sink}}));
}

void Recorder::add_measured(const ScheduleInfo& schedule) {
  const std::lock_guard lock(mutex_);
  if (!finished_) write_text(EntryKind::kMeasured, to_text(to_json(schedule)));
}

bool Recorder::wants_times() const {
  return static_cast<std::int64_t>(now()) >= next_step_.load(std::memory_order_relaxed);
}

bool Recorder::wants_census() const {
  return static_cast<std::int64_t>(now()) >= next_census_.load(std::memory_order_relaxed);
}

void Recorder::step(const StepMeasure& measure) {
  const Clock::time_point end = Clock::now();
  const double seconds = std::chrono::duration<double>(end - measure.begin).count();
  const auto bucket = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds);
  const std::lock_guard lock(mutex_);
  if (!finished_ && !measure.nanoseconds.empty()) write_step(measure, end);
  ++counters_.steps;
  counters_.rows += measure.rows;
  counters_.step_seconds += seconds;
  ++counters_.latencies[static_cast<std::size_t>(bucket - kLatencyBounds.begin())];
}

void Recorder::write_step(const StepMeasure& measure, Clock::time_point end) {
  const auto since_start = [&](Clock::time_point time) {
    return static_cast<std::uint64_t>(duration_cast<nanoseconds>(time - start_).count());
  };
  StepEntry entry;
  entry.step = counters_.steps;
  entry.time = since_start(end);
  entry.duration = entry.time - since_start(measure.begin);
  entry.rows = measure.rows;
  entry.resident = resident_bytes();
  entry.session = measure.session;
  entry.queue_depth = queue_depth_.load(std::memory_order_relaxed);
  seconds_.resize(measure.nanoseconds.size());
  std::ranges::transform(measure.nanoseconds, seconds_.begin(), [](std::uint64_t time) {
    return static_cast<float>(static_cast<double>(time) * 1e-9);
  });
  write(EntryKind::kStep, entry, std::as_bytes(std::span(seconds_)));
  if (writer_.size() > size_mark_) {
    size_mark_ *= 2;
    distance_ = std::max(2 * distance_, std::int64_t{1'000'000});
  }
  const std::int64_t distance = std::max(distance_, kShortestDistance);
  next_step_.store(static_cast<std::int64_t>(entry.time) + distance, std::memory_order_relaxed);
}

void Recorder::set_ranges(std::uint32_t session, std::vector<NamedRange> ranges) {
  const std::lock_guard lock(mutex_);
  session_ranges_[session] = std::move(ranges);
}

void Recorder::add_range(const NamedRange& range) {
  const std::lock_guard lock(mutex_);
  ranges_.push_back(range);
}

void Recorder::remove_range(const NamedRange& range) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(ranges_, [&](const NamedRange& known) {
    return known.owner == range.owner && known.bytes.data() == range.bytes.data();
  });
  if (found != ranges_.end()) ranges_.erase(found);
}

void Recorder::heap_changed(Owner owner, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  heap_changes_[static_cast<std::size_t>(owner)] += bytes;
}

std::uint32_t Recorder::holder_number(std::string_view name) {
  const auto found = holders_.find(name);
  if (found != holders_.end()) return found->second.number;
  const auto number = static_cast<std::uint32_t>(holders_.size());
  holders_.emplace(name, Holder{number});
  write(EntryKind::kHolder, HolderEntry{.holder = number}, bytes_of(name));
  return number;
}

void Recorder::retained(std::string_view holder, std::uint64_t outputs, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  const std::uint32_t number = holder_number(holder);
  Holder& known = holders_.find(holder)->second;
  counters_.retained_outputs += outputs - known.outputs;
  counters_.retained_bytes += bytes - known.bytes;
  known.outputs = outputs;
  known.bytes = bytes;
  write(EntryKind::kRetained, RetainedEntry{.step = counters_.steps,
                                            .time = now(),
                                            .outputs = outputs,
                                            .bytes = bytes,
                                            .holder = number});
}

HeapShares Recorder::heap_shares() const {
  HeapShares shares{};
  for (const auto& [name, holder] : holders_) at(shares, Owner::kRetained) += holder.bytes;
  for (const Owner owner : {Owner::kSource, Owner::kSink}) {
    const std::int64_t bytes = heap_changes_[static_cast<std::size_t>(owner)];
    at(shares, owner) = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
  }
  return shares;
}

void Recorder::take_census() {
  const std::lock_guard lock(mutex_);
  if (!finished_) write_census();
}

void Recorder::write_census() {
  const std::uint64_t begin = now();
  all_ranges_.assign(ranges_.begin(), ranges_.end());
  for (const auto& [session, ranges] : session_ranges_) {
    all_ranges_.insert(all_ranges_.end(), ranges.begin(), ranges.end());
  }
  all_ranges_.push_back({Owner::kRecorder, writer_.window()});
  counters_.census = profile::take_census(all_ranges_, heap_shares());
  const Census& census = counters_.census;
  counters_.resident.add(static_cast<double>(begin) * 1e-9, {static_cast<double>(counters_.steps),
                                                             static_cast<double>(census.resident)});
  write(EntryKind::kCensus, CensusEntry{.step = counters_.steps,
                                        .time = begin,
                                        .resident = census.resident,
                                        .proportional = census.proportional,
                                        .anonymous = census.anonymous,
                                        .owners = census.owners});
  const auto end = static_cast<std::int64_t>(now());
  const std::int64_t cost = end - static_cast<std::int64_t>(begin);
  next_census_.store(end + std::max(kShortestCensusDistance, kCensusShare * cost),
                     std::memory_order_relaxed);
}

void Recorder::finish() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  write_census();
  write(EntryKind::kEnd, EndEntry{.steps = counters_.steps, .rows = counters_.rows, .time = now()});
  finished_ = true;
}

Counters Recorder::counters() const {
  const std::lock_guard lock(mutex_);
  Counters counters = counters_;
  counters.queue_depth = queue_depth_.load(std::memory_order_relaxed);
  return counters;
}

}  // namespace weir::profile
