#pragma once

#include <string>
#include <vector>

#include "profile/record.h"

namespace weir::report {

/// What makes a plan's arena as large as it is, and what would make it smaller: sentences.
std::vector<std::string> advice_for(const profile::SessionInfo& session);

}  // namespace weir::report
