#include "doctor/diagnose.h"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/suspects.h"
#include "doctor/trace_growth.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr std::size_t kFewSamples = 8;
// Of a process with TensorFlow, which moves by this much a step without leaking anything.
constexpr double kNoise = 1024 * 1024.0;
constexpr double kManyFilePages = 32 << 20;
constexpr double kExplained = 0.25;
constexpr double kMostly = 0.6;
// A cause with less of the growth than this does not decide the verdict beside others.
constexpr double kDecisive = 0.2;

Growth judged_resident(const Timeline& timeline) {
  const auto series = timeline.series([](const MemorySample& s) { return s.resident - s.file; });
  return judge_growth(series, {.noise_bytes = kNoise});
}

Growth judged_live(const Timeline& timeline) {
  const auto samples = timeline.samples();
  if (samples.empty() || !samples.back().live) return {};
  const auto series = timeline.series([](const MemorySample& s) { return s.live.value_or(0); });
  return judge_growth(series, {.noise_bytes = kNoise});
}

Case open_case(const AgentRecord& record, const Timeline& timeline, const TraceRecord* trace) {
  Case opened{record, timeline, trace, judged_resident(timeline), judged_live(timeline)};
  opened.models_per_step =
      late_rate(timeline.series([](const MemorySample& s) { return s.models; }));
  opened.traces_per_step =
      late_rate(timeline.series([](const MemorySample& s) { return s.traces; }));
  if (opened.resident.grows()) {
    opened.growth = opened.resident.bytes_per_step;
  } else if (opened.live.grows()) {
    opened.growth = opened.live.bytes_per_step;
  }
  opened.to_explain = opened.growth;
  return opened;
}

/// Asks each suspect, and takes what it explains off what is to be explained.
class Investigation {
 public:
  explicit Investigation(Case& opened) : case_(opened) {}

  /// Whether what was found is less than half of it, or nothing: then there must be another cause.
  bool mostly_unexplained() const {
    return findings_.empty() || (case_.unexplained() && case_.to_explain > kMostly * case_.growth);
  }

  void ask(std::vector<Finding> (*suspect)(const Case&)) {
    for (Finding& finding : suspect(case_)) take(std::move(finding));
  }

  std::vector<Finding> take_findings() { return std::move(findings_); }
  bool found_any() const { return !findings_.empty(); }

 private:
  /// More that is known of a holder takes the place of what was said of it.
  void take(Finding finding) {
    const auto known = std::ranges::find_if(findings_, [&](const Finding& other) {
      return !finding.key.empty() && other.key == finding.key;
    });
    const double already = known == findings_.end() ? 0 : known->bytes_per_step;
    case_.to_explain = std::max(0.0, case_.to_explain - finding.bytes_per_step + already);
    if (known == findings_.end()) {
      findings_.push_back(std::move(finding));
    } else {
      *known = std::move(finding);
    }
  }

  Case& case_;
  std::vector<Finding> findings_;
};

std::vector<Finding> investigate(Case& opened) {
  Investigation investigation(opened);
  const auto ask_if_unexplained = [&](std::vector<Finding> (*suspect)(const Case&)) {
    if (opened.unexplained()) investigation.ask(suspect);
  };
  investigation.ask(find_holders);
  ask_if_unexplained(find_library_holders);
  // What the trace names comes before what is blamed for the rest.
  // Resident memory may stand still while what the allocator had free is filled.
  if (opened.resident.grows() || opened.live.grows()) ask_if_unexplained(find_native_share);
  investigation.ask(find_models);
  ask_if_unexplained(find_traces);
  ask_if_unexplained(find_shapes);
  ask_if_unexplained(find_pipelines);
  if (!investigation.found_any() || opened.unexplained()) investigation.ask(find_waiting_garbage);
  ask_if_unexplained(find_held_by_allocator);
  if (opened.resident.grows() && investigation.mostly_unexplained()) {
    ask_if_unexplained(find_native);
  }
  if (!investigation.found_any()) investigation.ask(find_large_batch);
  return investigation.take_findings();
}

Verdict verdict_of(Cause cause) {
  switch (cause) {
    case Cause::kAllocator:
      return Verdict::kAllocator;
    case Cause::kGcLag:
      return Verdict::kLag;
    case Cause::kOversizedBatch:
      return Verdict::kPeak;
    case Cause::kNone:
      return Verdict::kLevel;
    default:
      return Verdict::kLeak;
  }
}

/// What has to be known first: a leak goes on, whatever else is in the way of seeing it.
int urgency(const Finding& finding) {
  if (finding.share < kDecisive) return 0;
  switch (verdict_of(finding.cause)) {
    case Verdict::kLeak:
      return 3;
    case Verdict::kAllocator:
      return 2;
    default:
      return 1;
  }
}

void put_in_order(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, std::greater<>(), [](const Finding& finding) {
    return std::pair(urgency(finding), finding.bytes_per_step);
  });
}

void share_out(Diagnosis& diagnosis, double unexplained) {
  double sum = std::max(unexplained, 0.0);
  for (const Finding& finding : diagnosis.findings) sum += finding.bytes_per_step;
  const double proven = diagnosis.growth.grows() ? diagnosis.growth.bytes_per_step : 0;
  const double whole = std::max({sum, proven, 1e-9});
  for (Finding& finding : diagnosis.findings) {
    finding.share = finding.bytes_per_step / whole;
    finding.fix = fix_for(finding);
  }
  diagnosis.unexplained_per_step = unexplained;
  diagnosis.unexplained_share = std::max(unexplained, 0.0) / whole;
}

/// Growth that nothing explains is a leak until something says otherwise; where the program uses no
/// more than before, it may as well be none of its doing.
Verdict verdict_without_cause(const Case& opened) {
  if (opened.resident.kind == GrowthKind::kUnknown) return Verdict::kUnknown;
  if (!opened.resident.grows()) return Verdict::kLevel;
  return live_is_flat(opened) ? Verdict::kUnknown : Verdict::kLeak;
}

std::string level_sentence(const Diagnosis& diagnosis) {
  return fmt::format(
      "Memory is level: less than {} a {} with {:.0f} % confidence, over {:.0f} {}s.",
      bytes_text(std::max(diagnosis.growth.high, 0.0)), to_string(diagnosis.unit),
      100 * diagnosis.growth.confidence, diagnosis.steps, to_string(diagnosis.unit));
}

std::string sentence_of(const Diagnosis& diagnosis) {
  if (diagnosis.findings.empty() && diagnosis.growth.grows()) {
    return fmt::format("Memory grows: {} a {}{}.", bytes_text(diagnosis.growth.bytes_per_step),
                       to_string(diagnosis.unit),
                       diagnosis.verdict == Verdict::kUnknown
                           ? "; what the program has in use does not, so its pages fill up or lie "
                             "badly"
                           : "");
  }
  if (diagnosis.verdict == Verdict::kUnknown) return "Too few steps were seen for a verdict.";
  if (diagnosis.findings.empty()) return level_sentence(diagnosis);
  const Finding& first = diagnosis.findings.front();
  const std::string what = diagnosis.verdict == Verdict::kPeak    ? "A peak, not a leak"
                           : diagnosis.verdict == Verdict::kLag   ? "Not a leak"
                           : diagnosis.verdict == Verdict::kLevel ? "Level"
                                                                  : "Memory grows";
  return fmt::format("{}: {}.", what, first.sentence);
}

/// Bytes of files that have come into memory since the first step.
double file_pages(const Timeline& timeline) {
  const auto samples = timeline.samples();
  return samples.empty() ? 0 : samples.back().file - samples.front().file;
}

std::vector<std::string> notes_of(const AgentRecord& record, const Timeline& timeline) {
  std::vector<std::string> notes;
  if (record.program.empty())
    notes.emplace_back(
        "Seen from outside: whether the process grows can be told, but not why. Run the program "
        "under weir doctor to know.");
  if (timeline.samples().size() < kFewSamples) {
    notes.emplace_back("Few steps were seen: what is said of them may change with more.");
  }
  if (const double files = file_pages(timeline); files > kManyFilePages) {
    notes.push_back(fmt::format(
        "{} more of files are in memory than at the first step; the system takes that back when "
        "it needs it, so it is not counted as growth.",
        bytes_text(files)));
  }
  for (const std::string& trouble : record.troubles) {
    notes.push_back("A part of the agent failed: " + trouble);
  }
  return notes;
}

}  // namespace

bool Case::unexplained() const {
  return to_explain > kExplained * growth && to_explain * timeline.last_step() > kNoise;
}

bool live_is_flat(const Case& watched) {
  const bool level_by_trace = watched.trace != nullptr && live_is_level(*watched.trace);
  return watched.resident.grows() && (watched.live.kind == GrowthKind::kLevel || level_by_trace);
}

Diagnosis diagnose(const AgentRecord& record, const TraceRecord* trace) {
  const Timeline timeline(record);
  Case opened = open_case(record, timeline, trace);
  Diagnosis diagnosis;
  diagnosis.unit = timeline.unit();
  diagnosis.steps = timeline.last_step();
  diagnosis.seconds = timeline.seconds();
  diagnosis.growth = opened.resident;
  diagnosis.resident = timeline.series([](const MemorySample& s) { return s.resident; });
  const bool from_outside = record.program.empty();
  if (!from_outside) diagnosis.findings = investigate(opened);
  share_out(diagnosis, opened.resident.grows() ? opened.to_explain : 0);
  put_in_order(diagnosis.findings);
  diagnosis.notes = notes_of(record, timeline);
  if (!diagnosis.findings.empty()) diagnosis.cause = diagnosis.findings.front().cause;
  diagnosis.verdict =
      diagnosis.findings.empty() ? verdict_without_cause(opened) : verdict_of(diagnosis.cause);
  diagnosis.sentence = sentence_of(diagnosis);
  return diagnosis;
}

}  // namespace weir::doctor
