#include "report/page.h"

#include <fmt/format.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/fail.h"
#include "report/base64.h"
#include "report/profile_json.h"
#include "report_page.h"

namespace weir::report {
namespace {

/// Deflated without a header (RFC 1951), as browsers inflate it.
std::vector<std::byte> deflated(const std::string& text) {
  z_stream stream{};
  require(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK,
          ErrorCode::kLimit, "no memory to compress the report");
  std::vector<std::byte> bytes(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int result = deflate(&stream, Z_FINISH);
  const std::size_t size = stream.total_out;
  deflateEnd(&stream);
  require(result == Z_STREAM_END, ErrorCode::kInternal, "the report cannot be compressed");
  bytes.resize(size);
  return bytes;
}

std::string script(std::string_view id, const profile::Record& record) {
  const std::string json =
      to_json(record, true).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  require(json.size() <= UINT32_MAX, ErrorCode::kLimit, "the report is larger than 4 GB");
  return fmt::format(
      "<script type=\"application/octet-stream\" id=\"{}\" data-encoding=\"deflate-base64\">"
      "{}</script>\n",
      id, to_base64(deflated(json)));
}

}  // namespace

std::string to_html(std::string_view page, const profile::Record& record,
                    const std::optional<profile::Record>& other) {
  const std::size_t place = page.find(kProfilesPlaceholder);
  require(place != std::string_view::npos, ErrorCode::kUnsupported,
          "this Weir was built without the report page: build it where npm is installed, or use "
          "--format text, json, trace, folded or svg");
  std::string html(page.substr(0, place));
  html += script("profile", record);
  if (other) html += script("other-profile", *other);
  html += page.substr(place + kProfilesPlaceholder.size());
  return html;
}

}  // namespace weir::report
