#pragma once

#include <string_view>

namespace weir {

/// The line of the page that a report puts its profiles in the place of.
inline constexpr std::string_view kProfilesPlaceholder = "<!--weir-profiles-->";

/// The page of `weir report`, in the program's own memory; empty in a build without it.
std::string_view report_page();

}  // namespace weir
