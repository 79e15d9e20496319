#include "find_record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

#include "base/fail.h"
#include "profile/record_format.h"

namespace weir::app {
namespace {

namespace fs = std::filesystem;

bool is_record(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, profile::kRecordMagic.size()> magic{};
  file.read(magic.data(), magic.size());
  return file && magic == profile::kRecordMagic;
}

/// Files that the process has mapped for writing in common with others, as a record's window is.
std::vector<fs::path> records_of(const fs::path& process_folder) {
  std::vector<fs::path> records;
  std::ifstream maps(process_folder / "maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (line.find(" rw-s ") == std::string::npos || path == std::string::npos) continue;
    if (is_record(line.substr(path))) records.emplace_back(line.substr(path));
  }
  return records;
}

}  // namespace

bool is_process_id(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

fs::path find_record(const std::string& process) {
  std::vector<fs::path> records;
  std::vector<std::string> processes;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (!is_process_id(name) || (!process.empty() && name != process)) continue;
    for (const fs::path& record : records_of(entry.path())) {
      records.push_back(record);
      processes.push_back(name);
    }
  }
  if (records.empty()) {
    fail(ErrorCode::kNotFound, "{} writes no record",
         process.empty() ? "of the processes that can be seen, none"
                         : fmt::format("process {}", process));
  }
  require(records.size() == 1, ErrorCode::kInvalidArgument,
          "several processes write records: say which of {}", fmt::join(processes, ", "));
  return records.front();
}

}  // namespace weir::app
