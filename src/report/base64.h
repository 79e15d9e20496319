#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace weir::report {

/// RFC 4648, with padding.
std::string to_base64(std::span<const std::byte> bytes);

}  // namespace weir::report
