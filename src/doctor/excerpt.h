#pragma once

#include <string>

#include "doctor/agent_record.h"

namespace weir::doctor {

/// The line of the source and its neighbours, numbered, the line itself marked. Empty where the
/// file cannot be read.
std::string source_excerpt(const Place& place);

}  // namespace weir::doctor
