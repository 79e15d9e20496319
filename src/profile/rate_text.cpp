#include "profile/rate_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "weir/memory_size.h"

namespace weir::profile {

std::string rate_text(double bytes) {
  if (std::abs(bytes) < 1024) return fmt::format("{:.3g} B", bytes);
  const std::string size = format_bytes(static_cast<std::uint64_t>(std::abs(bytes)));
  return bytes < 0 ? "-" + size : size;
}

}  // namespace weir::profile
