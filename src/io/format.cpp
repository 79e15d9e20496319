#include "io/format.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/zip_reader.h"
#include "io/npy_header.h"

namespace weir {

std::optional<FileFormat> format_of_name(std::string_view file_name) {
  constexpr std::array<std::pair<std::string_view, FileFormat>, 7> kEndings = {{
      {".npy", FileFormat::kNpy},
      {".npz", FileFormat::kNpz},
      {".csv", FileFormat::kCsv},
      {".txt", FileFormat::kCsv},
      {".tsv", FileFormat::kTsv},
      {".jsonl", FileFormat::kJsonl},
      {".ndjson", FileFormat::kJsonl},
  }};
  std::string lower(file_name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const auto& [ending, format] : kEndings) {
    if (lower.ends_with(ending)) return format;
  }
  return std::nullopt;
}

FileFormat format_of_content(std::span<const std::byte> start) {
  if (has_npy_magic(start)) return FileFormat::kNpy;
  if (ZipReader::looks_like_zip(start)) return FileFormat::kNpz;
  const bool is_object = !start.empty() && start.front() == std::byte{'{'};
  return is_object ? FileFormat::kJsonl : FileFormat::kCsv;
}

}  // namespace weir
