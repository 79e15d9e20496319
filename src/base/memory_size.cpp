#include "weir/memory_size.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/fail.h"

namespace weir {
namespace {

constexpr std::string_view kPrefixes = "kmgt";

/// 1 for "", "b"; 1024^n for "k", "kib"; 1000^n for "kb"; 0 for what is no unit.
double unit_value(std::string_view unit) {
  if (unit.empty() || unit == "b") return 1;
  const std::size_t prefix = kPrefixes.find(unit.front());
  if (prefix == std::string_view::npos) return 0;
  const std::string_view rest = unit.substr(1);
  const auto power = static_cast<double>(prefix + 1);
  if (rest.empty() || rest == "ib") return std::pow(1024.0, power);
  return rest == "b" ? std::pow(1000.0, power) : 0;
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, kUnits[unit]);
}

std::uint64_t parse_bytes(std::string_view text) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(rest, text.data() + text.size());
  std::erase(unit, ' ');
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const double bytes = value * unit_value(unit);
  require(error == std::errc{} && std::isfinite(bytes) && bytes >= 1 && bytes < 0x1p62,
          ErrorCode::kInvalidArgument, "'{}' is no size; write it like 256MiB", text);
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace weir
