#include "layers/activation.h"

#include <limits>
#include <map>
#include <string>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/binary.h"
#include "ops/softmax.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::Unary;
using kernels::UnaryKind;

/// The functions of keras.activations that map each element by itself, with their defaults, and one
/// of keras-hub, which writes it under three names.
const std::map<std::string, Unary, std::less<>>& unary_functions() {
  static const std::map<std::string, Unary, std::less<>> functions{
      {"celu", {UnaryKind::kCelu, 1.0F}},
      {"elu", {UnaryKind::kElu, 1.0F}},
      {"exponential", {UnaryKind::kExp}},
      {"gelu", {UnaryKind::kGelu}},
      {"gelu_approximate", {UnaryKind::kGeluTanh}},
      {"keras_hub>gelu_approximate", {UnaryKind::kGeluTanh}},
      {"keras_nlp>gelu_approximate", {UnaryKind::kGeluTanh}},
      {"hard_shrink", {UnaryKind::kHardShrink, 0.5F}},
      {"hard_sigmoid", {UnaryKind::kHardSigmoid, 1.0F / 6.0F, 0.5F}},
      {"hard_silu", {UnaryKind::kHardSilu}},
      {"hard_swish", {UnaryKind::kHardSilu}},
      {"hard_tanh", {UnaryKind::kHardTanh}},
      {"leaky_relu", kernels::relu(0.2F)},
      {"log_sigmoid", {UnaryKind::kLogSigmoid}},
      {"mish", {UnaryKind::kMish}},
      {"relu", kernels::relu()},
      {"relu6", kernels::relu(0.0F, 0.0F, 6.0F)},
      {"selu", {UnaryKind::kSelu}},
      {"sigmoid", {UnaryKind::kSigmoid}},
      {"silu", {UnaryKind::kSilu}},
      {"soft_shrink", {UnaryKind::kSoftShrink, 0.5F}},
      {"softplus", {UnaryKind::kSoftplus}},
      {"softsign", {UnaryKind::kSoftsign}},
      {"sparse_plus", {UnaryKind::kSparsePlus}},
      {"sparse_sigmoid", {UnaryKind::kSparseSigmoid}},
      {"squareplus", {UnaryKind::kSquareplus, 4.0F}},
      {"swish", {UnaryKind::kSilu}},
      {"tanh", {UnaryKind::kTanh}},
      {"tanh_shrink", {UnaryKind::kTanhShrink}},
  };
  return functions;
}

/// Those that mix the elements of the last axis.
using AxisMaker = graph::OperationPtr (*)(std::size_t axis);

const std::map<std::string, AxisMaker, std::less<>>& axis_functions() {
  static const std::map<std::string, AxisMaker, std::less<>> functions{
      {"glu", ops::make_glu},
      {"log_softmax", ops::make_log_softmax},
      {"softmax", ops::make_softmax},
      {"sparsemax", ops::make_sparsemax},
  };
  return functions;
}

ValueId add_unary(LayerCall& call, const Unary& unary, ValueId input) {
  return call.add(ops::make_unary(unary), {as_float(call, input)});
}

std::optional<Unary> unary_function(const LayerCall& call, const std::string& name) {
  if (name == "linear") return Unary();
  if (name == "hard_sigmoid" && call.keras2()) return Unary{UnaryKind::kHardSigmoid, 0.2F, 0.5F};
  const auto found = unary_functions().find(name);
  return found == unary_functions().end() ? std::nullopt : std::optional(found->second);
}

/// Of CLIP: x * sigmoid(1.702 x).
ValueId add_quick_gelu(LayerCall& call, ValueId input) {
  constexpr double kSteepness = 1.702;
  const ValueId steep = add_affine(call, kSteepness, 0.0, as_float(call, input));
  return add_affine(call, 1.0 / kSteepness, 0.0, add_unary(call, {UnaryKind::kSilu}, steep));
}

ValueId add_function(LayerCall& call, const std::string& name, ValueId input) {
  if (name == "quick_gelu") return add_quick_gelu(call, input);
  if (const auto unary = unary_function(call, name)) {
    return unary->is_identity() ? input : add_unary(call, *unary, input);
  }
  const auto found = axis_functions().find(name);
  require(found != axis_functions().end(), ErrorCode::kUnsupported,
          "the activation '{}' is not supported", name);
  const std::size_t last = to_axis(-1, call.shape(input).rank());
  return call.add(found->second(last), {as_float(call, input)});
}

float number(const Config& config, std::string_view key, double fallback) {
  return static_cast<float>(config.number(key, fallback));
}

ValueId add_relu(LayerCall& call, const Config& config, ValueId input) {
  const float max = number(config, "max_value", std::numeric_limits<double>::infinity());
  return add_unary(
      call,
      kernels::relu(number(config, "negative_slope", 0.0), number(config, "threshold", 0.0), max),
      input);
}

/// Keras 2 says alpha.
ValueId add_leaky_relu(LayerCall& call, const Config& config, ValueId input) {
  const char* key = config.has("alpha") ? "alpha" : "negative_slope";
  return add_unary(call, kernels::relu(number(config, key, 0.3)), input);
}

ValueId add_elu(LayerCall& call, const Config& config, ValueId input) {
  return add_unary(call, {UnaryKind::kElu, number(config, "alpha", 1.0)}, input);
}

/// Of Keras 2.
ValueId add_thresholded_relu(LayerCall& call, const Config& config, ValueId input) {
  return add_unary(call, kernels::relu(0.0F, number(config, "theta", 1.0)), input);
}

ValueId add_mish(LayerCall& call, const Config& /*config*/, ValueId input) {
  return add_unary(call, {UnaryKind::kMish}, input);
}

/// Along several axes: they are moved to the end and joined for the while.
ValueId add_joint_softmax(LayerCall& call, std::vector<std::size_t> axes, ValueId input) {
  const LastAxes moved = move_last(call, input, std::move(axes));
  Shape joined;
  const Shape& shape = call.shape(moved.value);
  const std::size_t kept = shape.rank() - moved.count;
  for (std::size_t axis = 0; axis < kept; ++axis) joined.push_back(shape[axis]);
  joined.push_back(-1);
  const Shape target = shape;
  const ValueId flat = add_reshape(call, moved.value, joined);
  const ValueId result = call.add(ops::make_softmax(kept), {flat});
  return move_back(call, moved, add_reshape(call, result, target));
}

ValueId add_softmax(LayerCall& call, const Config& config, ValueId input) {
  input = as_float(call, input);
  const std::size_t rank = call.shape(input).rank();
  if (!config.has("axis")) return call.add(ops::make_softmax(to_axis(-1, rank)), {input});
  const std::vector<std::size_t> axes = to_axes(config, "axis", rank);
  if (axes.size() != 1) return add_joint_softmax(call, axes, input);
  return call.add(ops::make_softmax(axes.front()), {input});
}

/// Layers that are nothing but an activation without weights, which is what a config may name in
/// place of a function.
using AddLayer = ValueId (*)(LayerCall&, const Config&, ValueId);

ValueId add_activation_layer(LayerCall& call, const Config& config, ValueId input) {
  return add_activation(call, config.json().value("activation", Json()), input);
}

const std::map<std::string, AddLayer, std::less<>>& activation_layers() {
  static const std::map<std::string, AddLayer, std::less<>> layers{
      {"Activation", add_activation_layer},
      {"ELU", add_elu},
      {"LeakyReLU", add_leaky_relu},
      {"Mish", add_mish},
      {"ReLU", add_relu},
      {"Softmax", add_softmax},
      {"ThresholdedReLU", add_thresholded_relu},
  };
  return layers;
}

/// What is masked goes out with 0; in Keras 2 with what is left of it next to the others.
std::vector<ValueId> masked_softmax(LayerCall& call, ValueId mask) {
  constexpr double kLowered = -1e9;
  const bool is_bool = call.type(mask).dtype == DType::kBool;
  const ValueId kept = is_bool ? mask
                               : add_comparison(call, kernels::ComparisonKind::kGreater, mask,
                                                Operand::number(0.5, false));
  const ValueId input = as_float(call, call.input());
  const Operand masked = call.keras2() ? Operand(add_affine(call, 1.0, kLowered, input))
                                       : Operand::number(kLowered, false);
  const ValueId scores = add_select(call, kept, input, masked);
  require(call.shape(scores) == call.shape(input), ErrorCode::kInvalidArgument,
          "a mask of the shape {} does not fit an input of the shape {}",
          to_string(call.shape(mask)), to_string(call.shape(input)));
  const ValueId weights = add_softmax(call, call.config(), scores);
  if (call.keras2()) return {weights};
  return {add_select(call, kept, weights, Operand::number(0, false))};
}

std::vector<ValueId> activation_layer(LayerCall& call) {
  if (call.record().class_name == "Softmax" && call.mask()) {
    return masked_softmax(call, *call.mask());
  }
  const auto& layer = activation_layers().at(call.record().class_name);
  return {layer(call, call.config(), call.input())};
}

/// x > 0 ? x : alpha * x, alpha having one element where an axis is shared.
std::vector<ValueId> prelu(LayerCall& call) {
  const ValueId input = as_float(call, call.input());
  Shape alpha = call.shape(input);
  alpha[0] = 1;
  for (const std::int64_t axis : call.config().integers("shared_axes")) {
    alpha[to_axis(axis, alpha.rank())] = 1;
  }
  const Shape expected(alpha.dims().subspan(1));
  return {call.add(ops::make_binary(kernels::BinaryKind::kPrelu, {}, call.weight(0, expected)),
                   {input})};
}

}  // namespace

ValueId add_activation(LayerCall& call, const Json& activation, ValueId input) {
  if (activation.is_null()) return input;
  if (activation.is_string()) return add_function(call, activation.get<std::string>(), input);
  require(activation.is_object(), ErrorCode::kMalformed,
          "the activation is neither a name nor an "
          "object, but {}",
          activation.dump().substr(0, 60));
  const Config serialised(activation);
  const std::string class_name = serialised.text("class_name", "");
  if (class_name == "function") {
    return add_function(call, serialised.text("config", ""), input);
  }
  const auto found = activation_layers().find(class_name);
  require(found != activation_layers().end(), ErrorCode::kUnsupported,
          "the activation '{}' is not supported", class_name);
  const Json config = activation.value("config", Json::object());
  require(config.is_object(), ErrorCode::kMalformed, "the activation '{}' has no config",
          class_name);
  return found->second(call, Config(config), input);
}

std::optional<Unary> unary_activation(const LayerCall& call, const Json& activation) {
  if (activation.is_null()) return Unary();
  if (activation.is_string()) return unary_function(call, activation.get<std::string>());
  if (!activation.is_object() || activation.value("class_name", "") != "function") {
    return std::nullopt;
  }
  return unary_function(call, Config(activation).text("config", ""));
}

void register_activation(Registry& registry) {
  for (const auto& [class_name, add] : activation_layers()) {
    registry.add_layer(class_name, activation_layer, pass_masks);
  }
  registry.add_layer("PReLU", prelu, pass_masks);
  registry.add_operation("Softmax", activation_layer);
}

}  // namespace weir::layers
