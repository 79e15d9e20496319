#include "report/base64.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace weir::report {

std::string to_base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (j < count ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const std::uint32_t value = group >> (18U - 6U * static_cast<std::uint32_t>(digit)) & 63U;
      text.push_back(digit <= count ? kDigits[value] : '=');
    }
  }
  return text;
}

}  // namespace weir::report
