#include "layers/plain_weights.h"

#include "base/fail.h"

namespace weir::layers {
namespace {

/// A dtype policy is a name ("float32", "int8_from_float32") or an object with a class of its own
/// for each way of quantising.
bool is_quantised(const Json& config) {
  const auto dtype = config.find("dtype");
  if (dtype == config.end()) return false;
  if (dtype->is_string()) return dtype->get<std::string>().find("_from_") != std::string::npos;
  if (!dtype->is_object()) return false;
  const std::string name = dtype->value("class_name", "");
  return name.starts_with("Quantized") || name.starts_with("GPTQ") || name.starts_with("AWQ");
}

}  // namespace

void require_plain_weights(const LayerCall& call, std::size_t count) {
  require(!is_quantised(call.config().json()), ErrorCode::kUnsupported,
          "quantised weights are not supported; save the model before it is quantised");
  if (!call.has_weights() || call.weight_count() <= count) return;
  require(!call.config().has("lora_rank"), ErrorCode::kUnsupported,
          "separate LoRA matrices are not supported; save the model as .keras, which merges them");
  fail(ErrorCode::kMalformed, "the file has {} weights for it, expected {}", call.weight_count(),
       count);
}

}  // namespace weir::layers
