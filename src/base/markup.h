#pragma once

#include <string>
#include <string_view>

namespace weir {

/// The text as it stands in HTML and XML, between tags or within quotes.
std::string escape_markup(std::string_view text);

}  // namespace weir
