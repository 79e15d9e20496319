#pragma once

#include <string>

#include "profile/record.h"

namespace weir::report {

/// Resident memory over time, stacked by owner, as a picture of its own for a README or a ticket:
/// light or dark as the viewer prefers, with the verdict as its title.
std::string to_svg(const profile::Record& record);

}  // namespace weir::report
