#include "weir/report.h"

#include <nlohmann/json.hpp>

#include "base/fail.h"
#include "report/page.h"
#include "report/profile_json.h"
#include "report/profile_text.h"
#include "report/timeline_svg.h"
#include "report/trace.h"
#include "report_page.h"

namespace weir {
namespace {

std::string json_text(const profile::Record& record) {
  return report::to_json(record).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace

std::string report_of(const std::filesystem::path& record_path, std::string_view format,
                      const std::optional<std::filesystem::path>& other_path) {
  const profile::Record record = profile::read_record_file(record_path);
  std::optional<profile::Record> other;
  if (other_path) other = profile::read_record_file(*other_path);
  if (format == "text") return report::to_text(record);
  if (format == "json") return json_text(record);
  if (format == "html") return report::to_html(report_page(), record, other);
  if (format == "trace") return report::to_trace(record);
  if (format == "folded") return report::to_folded(record);
  if (format == "svg") return report::to_svg(record);
  fail(ErrorCode::kInvalidArgument,
       "'{}' is no format of a report: text, json, html, trace, folded or svg", format);
}

}  // namespace weir
