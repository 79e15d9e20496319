#include "doctor_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/fail.h"

namespace weir::app {
namespace fs = std::filesystem;

DoctorRecords::DoctorRecords(const std::optional<std::string>& kept) {
  if (kept) {
    folder_ = fs::absolute(*kept);
    std::error_code error;
    fs::create_directories(folder_, error);
    require(!error, ErrorCode::kIo, "{}: {}", *kept, error.message());
    return;
  }
  std::string name = (fs::temp_directory_path() / "weir-doctor-XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, ErrorCode::kIo, "{}: cannot be made", name);
  folder_ = name;
  temporary_ = true;
}

DoctorRecords::~DoctorRecords() {
  std::error_code ignored;  // A folder that cannot be removed is not worth more than its place.
  if (temporary_) fs::remove_all(folder_, ignored);
}

std::vector<fs::path> DoctorRecords::files() const {
  std::vector<fs::path> all;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (entry.path().filename().string().starts_with("agent.")) all.push_back(entry.path());
  }
  std::ranges::sort(all);
  return all;
}

fs::path DoctorRecords::main_file(pid_t process) const {
  const fs::path own = folder_ / fmt::format("agent.{}.jsonl", process);
  if (fs::exists(own)) return own;
  const auto all = files();
  const auto size = [](const fs::path& file) { return fs::file_size(file); };
  const auto largest = std::ranges::max_element(all, {}, size);
  return largest == all.end() ? fs::path() : *largest;
}

std::optional<doctor::AgentRecord> DoctorRecords::read(pid_t process) const {
  const fs::path file = main_file(process);
  if (file.empty()) return std::nullopt;
  doctor::AgentRecord record = doctor::read_agent_record(file);
  return record.program.empty() ? std::nullopt : std::optional(std::move(record));
}

std::vector<std::pair<std::string, doctor::AgentRecord>> DoctorRecords::read_others(
    pid_t process) const {
  std::vector<std::pair<std::string, doctor::AgentRecord>> others;
  for (const fs::path& file : files()) {
    if (file == main_file(process)) continue;
    const std::string name = file.stem().string();
    others.emplace_back(name.substr(name.find('.') + 1), doctor::read_agent_record(file));
  }
  return others;
}

}  // namespace weir::app
