#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/markup.h"
#include "doctor/excerpt.h"
#include "doctor/reports.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 240;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f2;padding:.7rem;overflow:auto}svg{width:100%;height:auto}"
    ".verdict{font-size:1.3rem}.share{color:#666}";

std::string curve(const Diagnosis& diagnosis) {
  if (diagnosis.resident.size() < 2) return {};
  const auto [low, high] = std::ranges::minmax(diagnosis.resident, {}, &GrowthSample::bytes);
  const double first = diagnosis.resident.front().step;
  const double steps = std::max(diagnosis.resident.back().step - first, 1e-9);
  const double span = std::max(high.bytes - low.bytes, high.bytes / 50);
  std::string points;
  for (const GrowthSample& sample : diagnosis.resident) {
    points += fmt::format("{:.1f},{:.1f} ", (sample.step - first) / steps * kWidth,
                          kHeight - (sample.bytes - low.bytes) / span * kHeight);
  }
  return fmt::format(
      "<svg viewBox=\"-4 -4 {} {}\" role=\"img\" aria-label=\"resident memory over {}s\">"
      "<polyline fill=\"none\" stroke=\"#0b6\" stroke-width=\"2\" points=\"{}\"/></svg>"
      "<p class=\"share\">{} to {} resident, {}s {:.0f} to {:.0f}</p>\n",
      kWidth + 8, kHeight + 8, to_string(diagnosis.unit), points, bytes_text(low.bytes),
      bytes_text(high.bytes), to_string(diagnosis.unit), first, diagnosis.resident.back().step);
}

std::string finding_html(const Diagnosis& diagnosis, const Finding& finding) {
  std::string html = fmt::format("<h2>{}</h2>\n<p>{}</p>\n", to_string(finding.cause),
                                 escape_markup(finding.sentence));
  if (finding.bytes_per_step > 0) {
    html += fmt::format("<p class=\"share\">{} a {}, {:.0f} % of the growth</p>\n",
                        bytes_text(finding.bytes_per_step), to_string(diagnosis.unit),
                        100 * finding.share);
  }
  if (finding.place.known()) {
    html += fmt::format("<p>{}:{}</p>\n<pre>{}</pre>\n", escape_markup(finding.place.file),
                        finding.place.line, escape_markup(source_excerpt(finding.place)));
  }
  if (!finding.native_stack.empty()) {
    html += fmt::format("<pre>{}</pre>\n",
                        escape_markup(fmt::format("{}", fmt::join(finding.native_stack, "\n"))));
  }
  return html + fmt::format("<pre>{}</pre>\n", escape_markup(finding.fix));
}

}  // namespace

std::string to_html(const Diagnosis& diagnosis) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>weir doctor: {}</title>"
      "<style>{}</style>\n<h1>{}</h1>\n<p class=\"verdict\">{}</p>\n",
      to_string(diagnosis.verdict), kStyle, to_string(diagnosis.verdict),
      escape_markup(diagnosis.sentence));
  html += curve(diagnosis);
  for (const Finding& finding : diagnosis.findings) html += finding_html(diagnosis, finding);
  if (diagnosis.unexplained_share > 0) {
    html += fmt::format("<p>Unexplained: {} a {}, {:.0f} % of the growth.</p>\n",
                        bytes_text(diagnosis.unexplained_per_step), to_string(diagnosis.unit),
                        100 * diagnosis.unexplained_share);
  }
  if (diagnosis.trial) {
    html += fmt::format("<p>{}</p>\n", escape_markup(trial_text(*diagnosis.trial)));
  }
  for (const std::string& note : diagnosis.notes) {
    html += fmt::format("<p class=\"share\">{}</p>\n", escape_markup(note));
  }
  return html + "</html>\n";
}

}  // namespace weir::doctor
