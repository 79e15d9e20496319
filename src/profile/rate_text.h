#pragma once

#include <string>

namespace weir::profile {

/// Bytes a step as people read them: "12.4 KiB", "0.04 B".
std::string rate_text(double bytes);

}  // namespace weir::profile
