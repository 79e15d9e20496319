#include "layers/tensorflow_windows.h"

#include <string>
#include <vector>

#include "base/fail.h"

namespace weir::layers {

Json window_sizes(const Json& given, std::size_t rank) {
  if (!given.is_array() || given.size() != rank + 2) return given;
  require(given.front() == 1 && given.back() == 1, ErrorCode::kUnsupported,
          "windows over samples or channels are not supported");
  return Json(std::vector<Json>(given.begin() + 1, given.end() - 1));
}

std::string_view padding_of(const Json& settings) {
  const Json padding = settings.value("padding", Json("VALID"));
  require(padding == "VALID" || padding == "SAME", ErrorCode::kUnsupported,
          "the padding {} is not supported", padding.dump().substr(0, 60));
  return padding == "SAME" ? "same" : "valid";
}

void require_channels_last(const Json& settings) {
  const std::string format = Config(settings).text("data_format", "NHWC");
  require(!format.starts_with("NC"), ErrorCode::kUnsupported, "data_format '{}' is not supported",
          format);
}

}  // namespace weir::layers
