#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profile/record.h"

namespace weir::report {

/// The report as one HTML page that needs nothing else: `page` is the built page of ui/, with the
/// record's JSON in place of its line "<!--weir-profiles-->"; beside it another record's, to be
/// compared. Throws kUnsupported where Weir was built without the page.
std::string to_html(std::string_view page, const profile::Record& record,
                    const std::optional<profile::Record>& other = std::nullopt);

}  // namespace weir::report
