#include "doctor/agent_record.h"

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/fail.h"

namespace weir::doctor {
namespace {

using Json = nlohmann::json;

// An agent thins out what it writes; a file beyond this was not written by one.
constexpr std::size_t kMaxLines = 1'000'000;
constexpr std::size_t kMaxLineBytes = 1 << 20;

double number(const Json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return 0;
  return found->is_boolean() ? static_cast<double>(found->get<bool>()) : found->get<double>();
}

std::optional<double> maybe_number(const Json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return std::nullopt;
  return found->get<double>();
}

std::string text(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found == line.end() || found->is_null() ? std::string() : found->get<std::string>();
}

bool flag(const Json& line, const char* name, bool otherwise) {
  const auto found = line.find(name);
  return found == line.end() ? otherwise : found->get<bool>();
}

Place place(const Json& line) {
  const auto row = static_cast<std::int64_t>(number(line, "line"));
  return {text(line, "file"), row, text(line, "function")};
}

Moment moment(const Json& line) {
  return {number(line, "time"), number(line, "calls"), number(line, "batches"),
          number(line, "functions"), number(line, "marks")};
}

void read_start(const Json& line, AgentRecord& record) {
  record.program = line.at("argv").get<std::vector<std::string>>();
  record.python = text(line, "python");
  record.started = number(line, "time");
}

void read_framework(const Json& line, AgentRecord& record) {
  record.frameworks.push_back(text(line, "name"));
}

void read_sample(const Json& line, AgentRecord& record) {
  record.samples.push_back(
      {moment(line), number(line, "resident"), number(line, "peak"), number(line, "file"),
       maybe_number(line, "live"), maybe_number(line, "free"), number(line, "blocks"),
       number(line, "modules"), number(line, "traces"), number(line, "models"),
       number(line, "shapes"), number(line, "full_collections"), flag(line, "gc", true)});
}

void read_holder(const Json& line, AgentRecord& record) {
  Holder holder;
  holder.moment = moment(line);
  holder.key = text(line, "key");
  holder.name = text(line, "name");
  holder.where = text(line, "where");
  holder.kind = text(line, "kind");
  holder.container = text(line, "container");
  holder.owner = text(line, "owner");
  holder.element = text(line, "element");
  holder.native = text(line, "native");
  holder.extension = flag(line, "extension", false);
  holder.program = flag(line, "program", true);
  holder.amount = number(line, "amount");
  holder.bytes_each = number(line, "bytes_each");
  holder.identity = static_cast<std::int64_t>(number(line, "identity"));
  holder.front = static_cast<std::int64_t>(number(line, "front"));
  if (line.contains("limit")) holder.limit = number(line, "limit");
  record.holders.push_back(std::move(holder));
}

void read_adder(const Json& line, AgentRecord& record) {
  record.adders.push_back(
      {text(line, "key"), place(line), text(line, "through"), flag(line, "seen", false)});
}

void read_trace(const Json& line, AgentRecord& record) {
  const auto call = line.find("call");
  record.traces.push_back({moment(line), text(line, "function"), place(line),
                           call == line.end() || call->is_null() ? Place() : place(*call),
                           text(line, "reason"), text(line, "detail")});
}

void read_census(const Json& line, AgentRecord& record) {
  ModelCensus census{moment(line), {}};
  for (const Json& site : line.at("models").get_ref<const Json::array_t&>()) {
    census.sites.push_back({place(site), text(site, "class"), number(site, "made"),
                            number(site, "alive"), number(site, "weight_bytes")});
  }
  record.models.push_back(std::move(census));
}

void read_window(const Json& line, AgentRecord& record) {
  TracedSteps traced{number(line, "steps"), number(line, "seconds"), {}};
  for (const Json& cost : line.at("lines").get_ref<const Json::array_t&>()) {
    traced.lines.push_back({place(cost), number(cost, "bytes"), number(cost, "hits")});
  }
  record.traced_steps.push_back(std::move(traced));
}

Collection collection(const Json& line) {
  return {number(line, "time"), number(line, "collected"), number(line, "seconds"),
          number(line, "live_before"), number(line, "live_after")};
}

void read_collection(const Json& line, AgentRecord& record) {
  record.collections.push_back(collection(line));
}

void read_garbage(const Json& line, AgentRecord& record) {
  record.last_collection = collection(line);
}

void read_trim(const Json& line, AgentRecord& record) {
  record.trims.push_back(
      {text(line, "when") == "at the end", number(line, "before"), number(line, "after")});
}

void read_pipeline(const Json& line, AgentRecord& record) {
  record.pipelines.push_back(
      {text(line, "what"), number(line, "size"), number(line, "element_bytes"), place(line)});
}

void read_largest(const Json& line, AgentRecord& record) {
  record.largest_batch =
      LargestBatch{number(line, "time"), number(line, "rows"), number(line, "resident_before"),
                   place(line), number(line, "peak_before")};
}

void read_exported(const Json& line, AgentRecord& record) {
  record.exported =
      ExportedModel{text(line, "file"), text(line, "model"), number(line, "rows"),
                    line.at("shape").get<std::vector<double>>(), text(line, "trouble")};
}

void read_trouble(const Json& line, AgentRecord& record) {
  record.troubles.push_back(text(line, "where") + ": " + text(line, "message"));
}

void read_end(const Json& line, AgentRecord& record) { record.end = text(line, "reason"); }

using Reader = void (*)(const Json&, AgentRecord&);

const std::map<std::string, Reader, std::less<>>& readers() {
  static const std::map<std::string, Reader, std::less<>> table = {{"start", read_start},
                                                                   {"framework", read_framework},
                                                                   {"sample", read_sample},
                                                                   {"holder", read_holder},
                                                                   {"adder", read_adder},
                                                                   {"trace", read_trace},
                                                                   {"census", read_census},
                                                                   {"window", read_window},
                                                                   {"collection", read_collection},
                                                                   {"garbage", read_garbage},
                                                                   {"trim", read_trim},
                                                                   {"pipeline", read_pipeline},
                                                                   {"largest_batch", read_largest},
                                                                   {"exported", read_exported},
                                                                   {"trouble", read_trouble},
                                                                   {"end", read_end}};
  return table;
}

void read_line(const std::string& bytes, AgentRecord& record) {
  const Json line = Json::parse(bytes);
  // Kinds that a newer agent writes are passed over.
  const auto reader = readers().find(line.at("type").get<std::string>());
  if (reader != readers().end()) reader->second(line, record);
}

}  // namespace

AgentRecord read_agent_record(std::istream& lines) {
  AgentRecord record;
  std::string line;
  for (std::size_t row = 1; std::getline(lines, line); ++row) {
    require(row <= kMaxLines && line.size() <= kMaxLineBytes, ErrorCode::kLimit,
            "line {} of the agent's record is beyond what an agent writes", row);
    // A program that was killed leaves half a line.
    const bool whole = !lines.eof();
    try {
      read_line(line, record);
    } catch (const Json::exception& error) {
      require(!whole, ErrorCode::kMalformed, "line {} of the agent's record: {}", row,
              error.what());
    }
  }
  return record;
}

AgentRecord read_agent_record(const std::filesystem::path& file) {
  std::ifstream lines(file, std::ios::binary);
  require(lines.is_open(), ErrorCode::kNotFound, "{}: the agent left no record", file.string());
  return read_agent_record(lines);
}

}  // namespace weir::doctor
