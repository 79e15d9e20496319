#include "report/formats.h"

#include <nlohmann/json.hpp>

#include "base/fail.h"
#include "report/page.h"
#include "report/profile_json.h"
#include "report/profile_text.h"
#include "report/timeline_svg.h"
#include "report/trace.h"
#include "report_page.h"

namespace weir::report {
namespace {

std::string json_text(const profile::Record& record) {
  return to_json(record).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string in_format(std::string_view format, const profile::Record& record,
                      const std::optional<profile::Record>& other) {
  if (format == "text") return to_text(record);
  if (format == "json") return json_text(record);
  if (format == "html") return to_html(report_page(), record, other);
  if (format == "trace") return to_trace(record);
  if (format == "folded") return to_folded(record);
  if (format == "svg") return to_svg(record);
  fail(ErrorCode::kInvalidArgument,
       "'{}' is no format of a report: text, json, html, trace, folded or svg", format);
}

}  // namespace weir::report
