#include <fmt/format.h>

#include "doctor/excerpt.h"
#include "doctor/memory_chart.h"
#include "doctor/reports.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

std::string finding_text(const Diagnosis& diagnosis, const Finding& finding) {
  std::string text = fmt::format("\n{}", to_string(finding.cause));
  if (finding.bytes_per_step > 0) {
    text += fmt::format("  {} a {}, {:.0f} % of the growth", bytes_text(finding.bytes_per_step),
                        to_string(diagnosis.unit), 100 * finding.share);
  }
  text += "\n  " + finding.sentence + "\n";
  if (finding.place.known()) {
    text += fmt::format("  {}:{}\n", finding.place.file, finding.place.line);
    text += source_excerpt(finding.place);
  }
  for (const std::string& frame : finding.native_stack) text += "    " + frame + "\n";
  std::string fix = finding.fix;
  for (std::size_t at = 0; (at = fix.find('\n', at)) != std::string::npos; at += 3) {
    fix.insert(at + 1, "  ");
  }
  return text + "  " + fix + "\n";
}

}  // namespace

std::string to_text(const Diagnosis& diagnosis) {
  std::string text =
      fmt::format("verdict  {}\n{}\n", to_string(diagnosis.verdict), diagnosis.sentence);
  const std::string chart = memory_chart(diagnosis);
  if (!chart.empty()) text += "\n" + chart;
  for (const Finding& finding : diagnosis.findings) text += finding_text(diagnosis, finding);
  if (diagnosis.trial) text += "\n" + trial_text(*diagnosis.trial) + "\n";
  for (const std::string& note : diagnosis.notes) text += "\nnote: " + note + "\n";
  return text;
}

}  // namespace weir::doctor
