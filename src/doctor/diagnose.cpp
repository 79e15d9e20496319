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
// What is left of the growth when less of it than this is unexplained is the uncertainty of sums.
constexpr double kExplained = 0.25;
constexpr double kMostly = 0.6;

Growth judged(const Timeline& timeline, double MemorySample::*value) {
  const auto series = timeline.series([&](const MemorySample& s) { return s.*value; });
  return judge_growth(series, {.noise_bytes = kNoise});
}

Growth judged_live(const Timeline& timeline) {
  const auto samples = timeline.samples();
  if (samples.empty() || !samples.back().live) return {};
  const auto series = timeline.series([](const MemorySample& s) { return s.live.value_or(0); });
  return judge_growth(series, {.noise_bytes = kNoise});
}

Case open_case(const AgentRecord& record, const Timeline& timeline, const TraceRecord* trace) {
  Case opened{record, timeline, trace, judged(timeline, &MemorySample::resident),
              judged_live(timeline)};
  opened.models_per_step =
      late_rate(timeline.series([](const MemorySample& s) { return s.models; }));
  opened.traces_per_step =
      late_rate(timeline.series([](const MemorySample& s) { return s.traces; }));
  if (opened.resident.grows()) {
    opened.to_explain = opened.resident.bytes_per_step;
  } else if (opened.live.grows()) {
    opened.to_explain = opened.live.bytes_per_step;
  }
  return opened;
}

/// Asks each suspect, and takes what it explains off what is to be explained.
class Investigation {
 public:
  Investigation(Case& opened) : case_(opened), growth_(opened.to_explain) {}

  bool unexplained() const {
    const double steps = case_.timeline.last_step();
    return case_.to_explain > kExplained * growth_ && case_.to_explain * steps > kNoise;
  }

  /// Whether what was found is less than half of it, or nothing: then there must be another cause.
  bool mostly_unexplained() const {
    return findings_.empty() || (unexplained() && case_.to_explain > kMostly * growth_);
  }

  void ask(std::vector<Finding> (*suspect)(const Case&)) {
    for (Finding& finding : suspect(case_)) {
      case_.to_explain = std::max(0.0, case_.to_explain - finding.bytes_per_step);
      findings_.push_back(std::move(finding));
    }
  }

  std::vector<Finding> take_findings() { return std::move(findings_); }
  bool found_any() const { return !findings_.empty(); }

 private:
  Case& case_;
  double growth_;
  std::vector<Finding> findings_;
};

bool live_is_flat(const Case& opened) {
  const bool level_by_trace = opened.trace != nullptr && live_is_level(*opened.trace);
  return opened.resident.grows() && (opened.live.kind == GrowthKind::kLevel || level_by_trace);
}

std::vector<Finding> investigate(Case& opened) {
  Investigation investigation(opened);
  investigation.ask(find_holders);
  // Models and traces cost what nothing else explains; without growth they cost nothing.
  if (investigation.unexplained() || opened.models_per_step > 0.04) investigation.ask(find_models);
  if (investigation.unexplained()) investigation.ask(find_traces);
  if (investigation.unexplained()) investigation.ask(find_pipelines);
  if (investigation.mostly_unexplained()) {
    investigation.ask(find_waiting_garbage);
  }
  if (live_is_flat(opened) && investigation.unexplained()) {
    investigation.ask(find_held_by_allocator);
  }
  if (investigation.unexplained() && investigation.mostly_unexplained()) {
    investigation.ask(find_native);
  } else if (investigation.unexplained()) {
    investigation.ask(find_native_share);
  }
  if (!investigation.found_any()) investigation.ask(find_large_batch);
  return investigation.take_findings();
}

void share_out(Diagnosis& diagnosis, double unexplained) {
  double sum = std::max(unexplained, 0.0);
  for (const Finding& finding : diagnosis.findings) sum += finding.bytes_per_step;
  const double whole = std::max({sum, diagnosis.growth.bytes_per_step, 1e-9});
  for (Finding& finding : diagnosis.findings) {
    finding.share = finding.bytes_per_step / whole;
    finding.fix = fix_for(finding);
  }
  std::ranges::stable_sort(diagnosis.findings, std::greater<>(), &Finding::bytes_per_step);
  diagnosis.unexplained_per_step = unexplained;
  diagnosis.unexplained_share = std::max(unexplained, 0.0) / whole;
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

std::vector<std::string> notes_of(const AgentRecord& record, const Timeline& timeline) {
  std::vector<std::string> notes;
  if (record.program.empty())
    notes.emplace_back(
        "Seen from outside: whether the process grows can be told, but not why. Run the program "
        "under weir doctor to know.");
  if (timeline.samples().size() < kFewSamples) {
    notes.emplace_back("Few steps were seen: what is said of them may change with more.");
  }
  for (const std::string& trouble : record.troubles) {
    notes.push_back("A part of the agent failed: " + trouble);
  }
  return notes;
}

}  // namespace

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
  share_out(diagnosis, opened.to_explain);
  diagnosis.notes = notes_of(record, timeline);
  if (!diagnosis.findings.empty()) diagnosis.cause = diagnosis.findings.front().cause;
  diagnosis.verdict =
      diagnosis.findings.empty() ? verdict_without_cause(opened) : verdict_of(diagnosis.cause);
  diagnosis.sentence = sentence_of(diagnosis);
  return diagnosis;
}

}  // namespace weir::doctor
