#include "doctor/excerpt.h"

#include <fmt/format.h>

#include <fstream>

namespace weir::doctor {

std::string source_excerpt(const Place& place) {
  constexpr std::int64_t kAround = 2;
  constexpr std::size_t kWidth = 110;
  std::ifstream source(place.file);
  std::string line;
  std::string text;
  for (std::int64_t row = 1; row <= place.line + kAround && std::getline(source, line); ++row) {
    if (row < place.line - kAround) continue;
    const char* mark = row == place.line ? ">" : " ";
    text += fmt::format("  {} {:>5}  {}\n", mark, row, line.substr(0, kWidth));
  }
  return text;
}

}  // namespace weir::doctor
