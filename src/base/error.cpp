#include "weir/error.h"

#include <fmt/format.h>

namespace weir {
namespace {

std::string sentence(std::string_view message, const ErrorPlace& place) {
  std::string text;
  if (!place.file.empty()) text += fmt::format("{}: ", place.file);
  if (!place.layer.empty()) text += fmt::format("layer '{}': ", place.layer);
  if (!place.tensor.empty()) text += fmt::format("tensor '{}': ", place.tensor);
  return text.append(message);
}

const std::string& first_given(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kIo:
      return "input/output";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string_view message, ErrorPlace place)
    : std::runtime_error(sentence(message, place)),
      code_(code),
      message_(message),
      place_(std::move(place)) {}

Error Error::within(const ErrorPlace& outer) const {
  return Error(code_, message_,
               {first_given(place_.file, outer.file), first_given(place_.layer, outer.layer),
                first_given(place_.tensor, outer.tensor)});
}

}  // namespace weir
