#include "doctor_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fail.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

/// ".1234" of "agent.1234.jsonl".
std::string process_name(const fs::path& file) { return file.stem().extension().string(); }

}  // namespace

DoctorRecords::DoctorRecords(const std::optional<std::string>& kept) {
  if (!kept) {
    folder_ = temporary_.emplace().path();
    return;
  }
  folder_ = fs::absolute(*kept);
  std::error_code error;
  fs::create_directories(folder_, error);
  require(!error, ErrorCode::kIo, "{}: {}", *kept, error.message());
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

ProcessRecords DoctorRecords::read_file(const fs::path& agent_file) const {
  ProcessRecords records;
  records.agent = doctor::read_agent_record(agent_file);
  const fs::path traced = folder_ / ("trace" + process_name(agent_file) + ".jsonl");
  if (!fs::exists(traced)) return records;
  try {
    records.trace = doctor::read_trace_record(traced);
  } catch (const Error& error) {  // The agent alone gives a diagnosis as well.
    records.trouble = fmt::format("The trace of allocations cannot be read: {}", error.what());
  }
  return records;
}

std::optional<ProcessRecords> DoctorRecords::read(pid_t process) const {
  const fs::path file = main_file(process);
  if (file.empty()) return std::nullopt;
  ProcessRecords records = read_file(file);
  return records.agent.program.empty() ? std::nullopt : std::optional(std::move(records));
}

std::vector<std::pair<std::string, ProcessRecords>> DoctorRecords::read_others(
    pid_t process) const {
  std::vector<std::pair<std::string, ProcessRecords>> others;
  for (const fs::path& file : files()) {
    if (file == main_file(process)) continue;
    others.emplace_back(process_name(file).substr(1), read_file(file));
  }
  return others;
}

}  // namespace weir::app
