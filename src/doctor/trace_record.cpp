#include "doctor/trace_record.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/byte_reader.h"
#include "base/fail.h"
#include "base/file_descriptor.h"

namespace weir::doctor {
namespace {

using Json = nlohmann::json;

const Json& member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  require(found != object.end(), ErrorCode::kMalformed, "has no '{}'", name);
  return *found;
}

std::uint64_t number(const Json& value, std::string_view name) {
  require(value.is_number_unsigned(), ErrorCode::kMalformed, "'{}' is not a whole number", name);
  return value.get<std::uint64_t>();
}

std::int64_t integer(const Json& value, std::string_view name) {
  require(value.is_number_integer(), ErrorCode::kMalformed, "'{}' is not a whole number", name);
  return value.get<std::int64_t>();
}

std::uint64_t number_of(const Json& object, std::string_view name) {
  return number(member(object, name), name);
}

std::int64_t integer_of(const Json& object, std::string_view name) {
  return integer(member(object, name), name);
}

std::string text_of(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  require(value.is_string(), ErrorCode::kMalformed, "'{}' is not a text", name);
  return value.get<std::string>();
}

const Json& list_of(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  require(value.is_array(), ErrorCode::kMalformed, "'{}' is not a list", name);
  return value;
}

std::pair<const Json&, const Json&> pair_of(const Json& value, std::string_view name) {
  require(value.is_array() && value.size() == 2, ErrorCode::kMalformed,
          "'{}' holds something that is not a pair", name);
  return {value[0], value[1]};
}

std::vector<std::uint64_t> numbers(const Json& list, std::string_view name) {
  require(list.is_array(), ErrorCode::kMalformed, "'{}' is not a list", name);
  std::vector<std::uint64_t> result;
  for (const Json& value : list) result.push_back(number(value, name));
  return result;
}

TraceStart read_start(const Json& json) {
  TraceStart start;
  start.pid = integer_of(json, "pid");
  start.parent = integer_of(json, "parent");
  start.exe = text_of(json, "exe");
  start.is_exact = text_of(json, "mode") == "exact";
  start.sample_bytes = number_of(json, "sample_bytes");
  start.time = integer_of(json, "time");
  return start;
}

TraceSample read_sample(const Json& json) {
  TraceSample sample;
  sample.time = integer_of(json, "time");
  sample.step = number_of(json, "step");
  sample.live_bytes = number_of(json, "live_bytes");
  sample.live_count = number_of(json, "live_count");
  sample.mapped_live_bytes = number_of(json, "mapped_live_bytes");
  sample.allocated_bytes = number_of(json, "allocated_bytes");
  sample.sample_bytes = number_of(json, "sample_bytes");
  sample.resident = number_of(json, "resident");
  sample.anonymous = number_of(json, "anonymous");
  sample.file = number_of(json, "file");
  sample.peak_resident = number_of(json, "peak_resident");
  sample.arena_in_use = number_of(json, "arena_in_use");
  sample.arena_free = number_of(json, "arena_free");
  sample.arenas = number_of(json, "arenas");
  sample.mmapped = number_of(json, "mmapped");
  sample.brk = number_of(json, "brk");
  return sample;
}

std::vector<PythonLine> read_python(const Json& list) {
  std::vector<PythonLine> lines;
  for (const Json& frame : list) {
    lines.push_back(
        {text_of(frame, "file"), integer_of(frame, "line"), text_of(frame, "function")});
  }
  return lines;
}

TraceSurvival read_survival(const Json& json) {
  TraceSurvival survival;
  survival.step = number_of(json, "step");
  survival.width = number_of(json, "width");
  survival.made_in = numbers(member(json, "made_in"), "made_in");
  survival.after = numbers(member(json, "after"), "after");
  for (const Json& row : list_of(json, "alive")) {
    survival.alive.push_back(numbers(row, "alive"));
    require(survival.alive.back().size() <= survival.after.size(), ErrorCode::kMalformed,
            "'alive' has a longer row than 'after'");
  }
  require(survival.alive.size() == survival.made_in.size(), ErrorCode::kMalformed,
          "'alive' has {} rows for {} in 'made_in'", survival.alive.size(),
          survival.made_in.size());
  return survival;
}

/// Takes the lines of a record one after the other.
class Reader {
 public:
  void read_line(std::string_view line) {
    require(line.size() <= kMostTraceLineBytes, ErrorCode::kLimit, "is longer than {} bytes",
            kMostTraceLineBytes);
    const Json json = Json::parse(line, nullptr, false);
    require(json.is_object(), ErrorCode::kMalformed, "is not a JSON object");
    const std::string type = text_of(json, "type");
    if (type == "start") begin(json);
    if (type == "settings") read_settings(json);
    if (type == "module") modules_[number_of(json, "module")] = text_of(json, "path");
    if (type == "sample") add_sample(json);
    if (type == "site") add_site(json);
    if (type == "dump") end_dump();
    if (type == "survival") record_.survival = read_survival(json);
    if (type == "trim") {
      record_.trims.push_back(
          {integer_of(json, "time"), number_of(json, "before"), number_of(json, "after")});
    }
    if (type == "end") end(json);
  }
  TraceRecord take(bool is_cut) {
    require(has_start_, ErrorCode::kMalformed, "the trace has no start");
    record_.is_cut = is_cut;
    return std::move(record_);
  }

 private:
  void begin(const Json& json) {
    *this = Reader();
    record_.start = read_start(json);
    has_start_ = true;
  }
  void read_settings(const Json& json) {
    for (const auto& [name, value] : json.items()) {
      if (name == "type") continue;
      record_.settings.emplace_back(
          name, value.is_string() ? value.get<std::string>()
                                  : value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  void add_sample(const Json& json) {
    require(record_.samples.size() < kMostTraceSamples, ErrorCode::kLimit, "is more than sample {}",
            kMostTraceSamples);
    record_.samples.push_back(read_sample(json));
  }
  void add_site(const Json& json) {
    TraceSite site;
    site.dump = number_of(json, "dump");
    site.site = number_of(json, "site");
    site.is_mapping = text_of(json, "kind") == "mapping";
    site.live_bytes = number_of(json, "live_bytes");
    site.live_count = number_of(json, "live_count");
    site.allocated_bytes = number_of(json, "allocated_bytes");
    site.thread_name = text_of(json, "thread_name");
    for (const Json& frame : list_of(json, "stack")) {
      const auto [module, offset] = pair_of(frame, "stack");
      site.stack.push_back({module_path(integer(module, "stack")), number(offset, "stack")});
    }
    site.python = read_python(list_of(json, "python"));
    for (const Json& entry : list_of(json, "by_step")) {
      const auto [step, bytes] = pair_of(entry, "by_step");
      site.by_step.emplace_back(number(step, "by_step"), number(bytes, "by_step"));
    }
    dump_.push_back(std::move(site));
  }
  void end_dump() {
    dump_before_ = std::move(record_.sites);
    record_.sites = std::move(dump_);
    dump_.clear();
  }
  void end(const Json& json) {
    record_.end_reason = text_of(json, "reason");
    if (record_.end_reason == "exit" && !dump_before_.empty()) {
      record_.sites = std::move(dump_before_);
    }
  }
  std::string module_path(std::int64_t id) const {
    if (id < 0) return {};
    const auto found = modules_.find(static_cast<std::uint64_t>(id));
    require(found != modules_.end(), ErrorCode::kMalformed, "names a module {} that was not named",
            id);
    return found->second;
  }

  TraceRecord record_;
  std::vector<TraceSite> dump_;
  std::vector<TraceSite> dump_before_;
  std::map<std::uint64_t, std::string> modules_;
  bool has_start_ = false;
};

}  // namespace

TraceRecord parse_trace_record(std::string_view text) {
  Reader reader;
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return reader.take(true);
    ++line_number;
    try {
      reader.read_line(text.substr(begin, end - begin));
    } catch (const Error& error) {
      fail(error.code(), "line {} {}", line_number, error.message());
    }
    begin = end + 1;
  }
  return reader.take(false);
}

TraceRecord read_trace_record(const std::filesystem::path& path) {
  FileReader file(open_for_reading(path));
  std::string text;
  try {
    for (std::size_t count = 1; count > 0;) {
      const std::size_t used = text.size();
      require(used < kMostTraceBytes, ErrorCode::kLimit, "the trace is longer than {} bytes",
              kMostTraceBytes);
      text.resize(std::max<std::size_t>(used + used / 2, std::size_t{1} << 16));
      count = file.read_some(std::as_writable_bytes(std::span(text).subspan(used)));
      text.resize(used + count);
    }
    return parse_trace_record(text);
  } catch (const Error& error) {
    throw error.within({path.string(), {}, {}});
  }
}

}  // namespace weir::doctor
