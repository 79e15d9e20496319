#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profile/record.h"

namespace weir::report {

/// The record in one of `report_of`'s formats, beside another one where the format compares.
/// Throws what that throws, but for what reading does.
std::string in_format(std::string_view format, const profile::Record& record,
                      const std::optional<profile::Record>& other);

}  // namespace weir::report
