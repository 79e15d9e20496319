#pragma once

#include <cstddef>
#include <optional>

namespace weir::app {

/// Columns of the terminal that an open file is; nothing where it is none.
std::optional<std::size_t> terminal_columns(int file);

}  // namespace weir::app
