#pragma once

#include <optional>
#include <string_view>

namespace weir {

/// Reads a number from text, whatever the locale: blanks around it and a leading '+' are allowed,
/// 'nan', 'inf' and 'infinity' in any case are numbers, and so are, as NaN, an empty field, 'NA',
/// 'null' and 'None'. Numbers too large for T become infinite, too small become 0, as in NumPy.
/// Nothing for anything else. T: float, double.
template <typename T>
std::optional<T> parse_real(std::string_view text);

/// Reads a whole number that fits T; "3.0" and "3e2" are whole numbers too, and for bool so are
/// "true" and "false" in any case. Nothing for anything else. T: any integer type, bool.
template <typename T>
std::optional<T> parse_whole(std::string_view text);

}  // namespace weir
