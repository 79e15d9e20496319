#include "kernels/hash_bins.h"

#include <array>
#include <charconv>
#include <limits>

#include "kernels/fingerprint64.h"

namespace weir::kernels {

std::int64_t to_int64(float number) {
  const bool fits = number >= -0x1p63F && number < 0x1p63F;
  return fits ? static_cast<std::int64_t>(number) : std::numeric_limits<std::int64_t>::min();
}

std::int64_t HashBins::bin(std::string_view text) const {
  const std::uint64_t hash = salt_ ? siphash(*salt_, text) : fingerprint64(text);
  return static_cast<std::int64_t>(hash % count_);
}

std::int64_t HashBins::bin(std::int64_t number) const {
  constexpr std::size_t kLongest = 20;
  std::array<char, kLongest> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return bin(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

std::int64_t HashBins::bin(float number) const { return bin(to_int64(number)); }

}  // namespace weir::kernels
