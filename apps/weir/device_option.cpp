#include "device_option.h"

#include <charconv>

#include "base/fail.h"
#include "weir/memory_size.h"

namespace weir::app {
namespace {

/// Takes what stands before the first `separator` off the text; all of it where there is none.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::size_t parse_count(std::string_view text) {
  constexpr std::size_t kMost = 1024;
  std::size_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  require(error == std::errc{} && rest == text.data() + text.size() && count <= kMost,
          ErrorCode::kInvalidArgument, "'{}' is no number up to {}", text, kMost);
  return count;
}

std::vector<std::size_t> parse_cores(std::string_view text) {
  std::vector<std::size_t> cores;
  while (!text.empty()) {
    std::string_view range = take_part(text, '+');
    const std::size_t first = parse_count(take_part(range, '-'));
    const std::size_t last = range.empty() ? first : parse_count(range);
    require(first <= last, ErrorCode::kInvalidArgument, "the cores {}-{} run backwards", first,
            last);
    for (std::size_t core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

MemoryPolicy parse_policy(std::string_view text) {
  require(text == "grow" || text == "reserve", ErrorCode::kInvalidArgument,
          "the policy '{}' is neither grow nor reserve", text);
  return text == "grow" ? MemoryPolicy::kGrow : MemoryPolicy::kReserve;
}

void set_part(std::string_view name, std::string_view value, DeviceOptions& options) {
  if (name == "threads") {
    options.threads = parse_count(value);
  } else if (name == "cores") {
    options.cores = parse_cores(value);
  } else if (name == "memory") {
    options.memory_limit = parse_bytes(std::string(value));
  } else if (name == "policy") {
    options.policy = parse_policy(value);
  } else {
    fail(ErrorCode::kInvalidArgument,
         "a device has no '{}'; it has threads, cores, memory and policy", name);
  }
}

}  // namespace

DeviceOptions parse_device(std::string_view text) {
  DeviceOptions options;
  while (!text.empty()) {
    std::string_view value = take_part(text, ',');
    const std::string_view name = take_part(value, '=');
    set_part(name, value, options);
  }
  require(options.policy == MemoryPolicy::kGrow || options.memory_limit.has_value(),
          ErrorCode::kInvalidArgument, "a device with policy=reserve needs memory=SIZE");
  return options;
}

}  // namespace weir::app
