#include "layers/vocabulary_lines.h"

#include <array>
#include <string_view>

#include "base/fail.h"
#include "base/utf8.h"

namespace weir::layers {
namespace {

/// The length of the line end that the text begins with; 0 for none.
std::size_t line_end(std::string_view text) {
  constexpr std::array<std::string_view, 11> kEnds{
      "\r\n", "\n",   "\r",       "\v",           "\f",          "\x1c",
      "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
  for (const std::string_view end : kEnds) {
    if (text.starts_with(end)) return end.size();
  }
  return 0;
}

}  // namespace

std::vector<std::string> vocabulary_lines(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(is_utf8(text), ErrorCode::kMalformed, "its vocabulary.txt is not UTF-8");
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = line_end(text.substr(i));
    i += end == 0 ? 1 : end;
    if (end == 0 && i < text.size()) continue;
    lines.emplace_back(text.substr(begin, i - end - begin));
    begin = i;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace weir::layers
