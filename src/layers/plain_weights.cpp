#include "layers/plain_weights.h"

#include "base/fail.h"

namespace weir::layers {
std::string quantisation_mode(const Config& config) {
  const auto dtype = config.json().find("dtype");
  if (dtype == config.json().end()) return {};
  if (dtype->is_string()) {
    const auto name = dtype->get<std::string>();
    const std::size_t end = name.find("_from_");
    return end == std::string::npos ? std::string() : name.substr(0, end);
  }
  if (!dtype->is_object()) return {};
  const std::string name = dtype->value("class_name", "");
  const bool is_quantised = name.starts_with("Quantized") || name.starts_with("Int4") ||
                            name.starts_with("GPTQ") || name.starts_with("AWQ");
  if (!is_quantised) return {};
  const Json policy = dtype->value("config", Json::object());
  const std::string mode = Config(policy).text("mode", name);
  return mode.empty() ? name : mode;
}

void require_plain_weights(const LayerCall& call, std::size_t count) {
  require(quantisation_mode(call.config()).empty(), ErrorCode::kUnsupported,
          "quantised weights are not supported; save the model before it is quantised");
  require_weight_count(call, count);
}

void require_weight_count(const LayerCall& call, std::size_t count) {
  if (!call.has_weights() || call.weight_count() <= count) return;
  require(!call.config().has("lora_rank"), ErrorCode::kUnsupported,
          "separate LoRA matrices are not supported; save the model as .keras, which merges them");
  fail(ErrorCode::kMalformed, "the file has {} weights for it, expected {}", call.weight_count(),
       count);
}

}  // namespace weir::layers
