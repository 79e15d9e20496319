#include "layers/quantised.h"

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "ops/binary.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

/// Keras's AbsMaxQuantizer.
struct Quantiser {
  double low = -127.0;
  double high = 127.0;
  double epsilon = 1e-7;
};

/// The layer's for its input. Files of older versions do not say, and mean the default; null is
/// none.
std::optional<Quantiser> input_quantiser(const Config& config) {
  if (!config.has("quantization_config")) return Quantiser();
  const Json settings = config.json()["quantization_config"].value("config", Json::object());
  if (!Config(settings).has("activation_quantizer")) return std::nullopt;
  const Json quantiser = settings["activation_quantizer"];
  const std::string name = quantiser.value("class_name", "");
  require(name == "AbsMaxQuantizer", ErrorCode::kUnsupported, "the quantizer '{}' is not supported",
          name);
  const Json details = quantiser.value("config", Json::object());
  const Config values(details);
  const std::vector<double> range = values.numbers("value_range");
  require(range.empty() || range.size() == 2, ErrorCode::kMalformed, "value_range is no range");
  Quantiser result;
  if (!range.empty()) {
    result.low = range[0];
    result.high = range[1];
  }
  result.epsilon = values.number("epsilon", result.epsilon);
  return result;
}

}  // namespace

bool is_int8(const LayerCall& call) {
  const std::string mode = quantisation_mode(call.config());
  require(mode.empty() || mode == "int8" || mode.starts_with("int4"), ErrorCode::kUnsupported,
          "weights quantised as '{}' are not supported; quantise the model as int8 or int4, or "
          "save it before it is quantised",
          mode);
  return mode == "int8";
}

bool is_quantised(const LayerCall& call) { return !quantisation_mode(call.config()).empty(); }

void mark_if_int8(keras::LayerRecord& layer) {
  const auto& vars = layer.weights.vars;
  if (vars.empty() || vars[0].dtype != DType::kInt8) return;
  if (!quantisation_mode(Config(layer.config)).empty()) return;
  layer.config["dtype"] = {{"class_name", "QuantizedDTypePolicy"}, {"config", {{"mode", "int8"}}}};
}

QuantisedInput quantise_input(LayerCall& call, ValueId input, std::vector<std::size_t> axes) {
  const std::optional<Quantiser> quantiser = input_quantiser(call.config());
  if (!quantiser) return {input, std::nullopt};
  const ValueId magnitude = call.add(ops::make_unary({UnaryKind::kAbs}), {input});
  const ValueId largest =
      call.add(ops::make_reduce(kernels::ReduceKind::kMaximum, std::move(axes), true), {magnitude});
  const ValueId divisor =
      add_binary(call, BinaryKind::kAdd, largest, Operand::number(quantiser->epsilon, false));
  // A true division: numbers that round to another one would differ by much.
  const graph::Constant high = Operand::number(quantiser->high, false).constant(call.path());
  const ValueId scale = call.add(ops::make_binary(BinaryKind::kDivide, high, {}), {divisor});
  const ValueId scaled = call.add(ops::make_binary(BinaryKind::kMultiply), {input, scale});
  const ValueId rounded = call.add(ops::make_unary({UnaryKind::kRound}), {scaled});
  const ValueId numbers =
      call.add(ops::make_unary(kernels::clip(static_cast<float>(quantiser->low),
                                             static_cast<float>(quantiser->high))),
               {rounded});
  return {numbers, scale};
}

ValueId add_scale_weight(LayerCall& call, ValueId numbers, std::size_t index, const Shape& shape) {
  return call.add(ops::make_binary(BinaryKind::kDivide, {}, call.weight(index, shape)), {numbers});
}

}  // namespace weir::layers
