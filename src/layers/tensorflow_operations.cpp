#include <map>
#include <string>
#include <vector>

#include "base/fail.h"
#include "layers/registry.h"

/// Keras 2 recorded a TensorFlow function that was called on Keras tensors as a TFOpLambda layer,
/// with the function's name. Each is an operation of keras.ops under another name.
namespace weir::layers {
namespace {

/// An argument that keras.ops calls something else.
struct Renaming {
  const char* from;
  const char* to;
};

struct Function {
  const char* operation;
  std::vector<Renaming> renamings = {};
};

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> table{
      {"__operators__.add", {"Add"}},
      {"cast", {"Cast"}},
      {"clip_by_value", {"Clip", {{"clip_value_min", "x_min"}, {"clip_value_max", "x_max"}}}},
      {"identity", {"Copy"}},
      {"math.abs", {"Absolute"}},
      {"math.add", {"Add"}},
      {"math.argmax", {"Argmax"}},
      {"math.argmin", {"Argmin"}},
      {"math.cos", {"Cos"}},
      {"math.divide", {"Divide"}},
      {"math.equal", {"Equal"}},
      {"math.erf", {"Erf"}},
      {"math.exp", {"Exp"}},
      {"math.floor", {"Floor"}},
      {"math.floordiv", {"FloorDivide"}},
      {"math.greater", {"Greater"}},
      {"math.greater_equal", {"GreaterEqual"}},
      {"math.less", {"Less"}},
      {"math.less_equal", {"LessEqual"}},
      {"math.log", {"Log"}},
      {"math.log1p", {"Log1p"}},
      {"math.logical_and", {"LogicalAnd"}},
      {"math.logical_not", {"LogicalNot"}},
      {"math.logical_or", {"LogicalOr"}},
      {"math.maximum", {"Maximum"}},
      {"math.minimum", {"Minimum"}},
      {"math.multiply", {"Multiply"}},
      {"math.negative", {"Negative"}},
      {"math.not_equal", {"NotEqual"}},
      {"math.pow", {"Power"}},
      {"math.reciprocal", {"Reciprocal"}},
      {"math.reduce_all", {"All"}},
      {"math.reduce_any", {"Any"}},
      {"math.reduce_logsumexp", {"Logsumexp"}},
      {"math.reduce_max", {"Max"}},
      {"math.reduce_mean", {"Mean"}},
      {"math.reduce_min", {"Min"}},
      {"math.reduce_prod", {"Prod"}},
      {"math.reduce_std", {"Std"}},
      {"math.reduce_sum", {"Sum"}},
      {"math.reduce_variance", {"Var"}},
      {"math.rsqrt", {"Rsqrt"}},
      {"math.sigmoid", {"Sigmoid"}},
      {"math.sign", {"Sign"}},
      {"math.sin", {"Sin"}},
      {"math.softplus", {"Softplus"}},
      {"math.sqrt", {"Sqrt"}},
      {"math.square", {"Square"}},
      {"math.subtract", {"Subtract"}},
      {"math.tanh", {"Tanh"}},
      {"math.truediv", {"TrueDivide"}},
      {"nn.elu", {"Elu"}},
      {"nn.gelu", {"Gelu"}},
      {"nn.leaky_relu", {"LeakyRelu", {{"alpha", "negative_slope"}}}},
      {"nn.log_softmax", {"LogSoftmax"}},
      {"nn.relu", {"Relu"}},
      {"nn.relu6", {"Relu6"}},
      {"nn.selu", {"Selu"}},
      {"nn.sigmoid", {"Sigmoid"}},
      {"nn.silu", {"Silu"}},
      {"nn.softmax", {"Softmax"}},
      {"nn.softplus", {"Softplus"}},
      {"nn.swish", {"Silu"}},
      {"nn.tanh", {"Tanh"}},
      {"where", {"Where"}},
  };
  return table;
}

/// What TensorFlow takes for an argument that is not given, where keras.ops takes something else.
Json defaults_of(const Function& function) {
  if (function.operation == std::string_view("Gelu")) return {{"approximate", false}};
  return Json::object();
}

std::vector<ValueId> tensorflow_function(LayerCall& call) {
  const std::string name = call.config().text("function", "");
  const auto found = functions().find(name);
  require(found != functions().end(), ErrorCode::kUnsupported,
          "the TensorFlow function '{}' is not supported", name);
  keras::LayerRecord operation;
  operation.class_name = found->second.operation;
  operation.module = "keras.src.ops";
  operation.config = defaults_of(found->second);
  const Json given = call.call() == nullptr ? Json::object() : call.call()->kwargs;
  // A tensor cannot be part of a config; such an argument is found in the call itself.
  for (const auto& [key, value] : given.items()) {
    if (!value.is_object()) operation.config[key] = value;
  }
  for (const Renaming& renaming : found->second.renamings) {
    if (given.contains(renaming.from)) operation.config[renaming.to] = given[renaming.from];
  }
  LayerCall renamed = call.of(operation);
  return Registry::builtin().find(operation).lower(renamed);
}

}  // namespace

void register_tensorflow_operations(Registry& registry) {
  registry.add_layer("TFOpLambda", tensorflow_function);
}

}  // namespace weir::layers
