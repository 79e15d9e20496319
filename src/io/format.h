#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace weir {

enum class FileFormat { kNpy, kNpz, kCsv, kTsv, kJsonl };

/// ".npy" → kNpy, whatever the case; also .txt (as .csv) and .ndjson. Nothing for other names.
std::optional<FileFormat> format_of_name(std::string_view file_name);

/// From the first bytes of a file; what has no magic string and begins no object of JSON is CSV.
FileFormat format_of_content(std::span<const std::byte> start);

}  // namespace weir
