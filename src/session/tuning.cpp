#include "weir/tuning.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "base/caches.h"
#include "base/fail.h"
#include "base/isa.h"
#include "base/mapped_file.h"

namespace weir {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kMostRows = std::size_t{1} << 24;
constexpr std::size_t kMostThreads = 1024;

/// Tells a model file from another without reading it all: its size, and the sum of its last bytes,
/// where a ZIP has the checksums of everything in it.
std::string fingerprint(const std::filesystem::path& model_file) {
  constexpr std::size_t kTail = std::size_t{64} << 10;
  const SharedBytes file = map_file(model_file);
  const auto tail = file.bytes.last(std::min(kTail, file.bytes.size()));
  const auto* begin = reinterpret_cast<const Bytef*>(tail.data());
  return fmt::format("{}-{:08x}", file.bytes.size(), crc32_z(0, begin, tail.size()));
}

std::string machine() {
  const CacheSizes caches = cache_sizes();
  return fmt::format("{}, caches {} {}", select_isa(), caches.level2, caches.level3);
}

Tuning parse(const Json& json) {
  Tuning tuning;
  const std::string mode = json.at("mode").get<std::string>();
  tuning.mode = mode == "latency" ? ExecutionMode::kLatency : ExecutionMode::kThroughput;
  tuning.micro_batch = json.at("micro_batch").get<std::size_t>();
  tuning.threads = json.at("threads").get<std::size_t>();
  require((mode == "latency" || mode == "throughput") && tuning.micro_batch - 1 < kMostRows &&
              tuning.threads - 1 < kMostThreads,
          ErrorCode::kMalformed, "its choice makes no sense");
  return tuning;
}

std::optional<Tuning> read(const std::filesystem::path& file,
                           const std::filesystem::path& model_file) {
  std::ifstream stream(file);
  if (!stream) return std::nullopt;
  try {
    const Json json = Json::parse(stream);
    const bool fits = json.at("version").get<int>() == kVersion &&
                      json.at("model").get<std::string>() == fingerprint(model_file) &&
                      json.at("machine").get<std::string>() == machine();
    if (!fits) return std::nullopt;
    return parse(json);
  } catch (const Json::exception&) {
    fail(ErrorCode::kMalformed, "is no tuning of Weir's; remove it, or tune again");
  }
}

}  // namespace

std::filesystem::path tuning_file(const std::filesystem::path& model_file) {
  return model_file.string() + ".tune.json";
}

void save_tuning(const std::filesystem::path& model_file, const Tuning& tuning) {
  const Json json{{"version", kVersion},
                  {"model", fingerprint(model_file)},
                  {"machine", machine()},
                  {"mode", to_string(tuning.mode)},
                  {"micro_batch", tuning.micro_batch},
                  {"threads", tuning.threads}};
  const std::string file = tuning_file(model_file).string();
  std::ofstream stream(file);
  stream << json.dump(2) << "\n";
  stream.close();
  if (stream) return;
  throw Error(ErrorCode::kIo, std::generic_category().message(errno),
              {.file = file, .layer = {}, .tensor = {}});
}

std::optional<Tuning> load_tuning(const std::filesystem::path& model_file) {
  const std::filesystem::path file = tuning_file(model_file);
  try {
    return read(file, model_file);
  } catch (const Error& error) {
    throw error.within({.file = file.string(), .layer = {}, .tensor = {}});
  }
}

}  // namespace weir
