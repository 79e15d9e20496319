#pragma once

#include <string>

#include "profile/record.h"

namespace weir::report {

/// One screen of a running record: steps a second, memory by owner with its course, the queue, the
/// slowest layers. `columns` is the terminal's width.
std::string to_top_text(const profile::Record& record, std::uint32_t process, std::size_t columns);

}  // namespace weir::report
