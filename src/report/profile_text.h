#pragma once

#include <string>

#include "profile/record.h"

namespace weir::report {

/// A profile for a terminal: the verdict, whose memory is whose, the slowest layers, who keeps
/// what.
std::string to_text(const profile::Record& record);

}  // namespace weir::report
