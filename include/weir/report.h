#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

/// A record (see `Profile`) as text for people or programs; also one that is still being written.
/// `format` is "text", "json" (docs/profile-format.md), "html" (one page that needs nothing else),
/// "trace" (Chrome, Perfetto), "folded" (flame graphs) or "svg"; `other` is a second record that a
/// page compares with. Throws kInvalidArgument for another format, kUnsupported for a page in a
/// Weir that was built without it, and what reading throws: kNotFound, kIo, kMalformed.
std::string report_of(const std::filesystem::path& record, std::string_view format,
                      const std::optional<std::filesystem::path>& other = std::nullopt);

}  // namespace weir
