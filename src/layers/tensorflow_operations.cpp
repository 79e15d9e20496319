#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "base/checked.h"
#include "layers/keras_operation.h"
#include "layers/known_value.h"
#include "layers/registry.h"
#include "layers/tensorflow_arguments.h"
#include "layers/tensorflow_functions.h"
#include "ops/batch_size.h"

/// Keras 2 recorded a TensorFlow function that was called on Keras tensors as a TFOpLambda layer,
/// with the function's name, and an index as a SlicingOpLambda layer. Each is an operation of
/// keras.ops under another name.
namespace weir::layers {
namespace {

/// An argument that keras.ops calls something else.
struct Renaming {
  const char* from;
  const char* to;
};

/// An argument that changes the result in a way that keras.ops does not have: the value that
/// leaves it alone.
struct Requirement {
  const char* argument;
  Json value;
};

struct Function {
  const char* operation;
  std::vector<Renaming> renamings = {};
  std::vector<Requirement> requirements = {};
};

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> table{
      {"__operators__.add", {"Add"}},
      {"bitwise.bitwise_and", {"BitwiseAnd"}},
      {"bitwise.bitwise_or", {"BitwiseOr"}},
      {"bitwise.bitwise_xor", {"BitwiseXor"}},
      {"bitwise.invert", {"BitwiseInvert"}},
      {"bitwise.left_shift", {"BitwiseLeftShift"}},
      {"bitwise.right_shift", {"BitwiseRightShift"}},
      {"cast", {"Cast"}},
      {"clip_by_value", {"Clip", {{"clip_value_min", "x_min"}, {"clip_value_max", "x_max"}}}},
      {"compat.v1.floor_div", {"FloorDivide"}},
      {"compat.v1.pad", {"Pad", {{"paddings", "pad_width"}}}},
      {"compat.v1.squeeze", {"Squeeze"}},
      {"compat.v1.transpose", {"Transpose", {{"perm", "axes"}}, {{"conjugate", false}}}},
      {"concat", {"Concatenate"}},
      {"debugging.check_numerics", {"Copy"}},
      {"dtypes.saturate_cast", {"SaturateCast"}},
      {"ensure_shape", {"Copy"}},
      {"expand_dims", {"ExpandDims"}},
      {"identity", {"Copy"}},
      {"linalg.cholesky", {"Cholesky"}},
      {"linalg.det", {"Det"}},
      {"linalg.diag_part", {"Diagonal", {}, {{"k", 0}}}},
      {"linalg.eigh", {"Eigh"}},
      {"linalg.inv", {"Inv", {}, {{"adjoint", false}}}},
      {"linalg.lstsq", {"Lstsq", {}, {{"l2_regularizer", 0.0}}}},
      {"linalg.matrix_rank", {"MatrixRank"}},
      {"linalg.matrix_transpose", {"Swapaxes", {}, {{"conjugate", false}}}},
      {"linalg.pinv", {"Pinv"}},
      {"linalg.qr", {"Qr"}},
      {"linalg.solve", {"Solve", {}, {{"adjoint", false}}}},
      {"linalg.trace", {"Trace"}},
      {"math.abs", {"Absolute"}},
      {"math.acos", {"Arccos"}},
      {"math.acosh", {"Arccosh"}},
      {"math.add", {"Add"}},
      {"math.argmax", {"Argmax"}},
      {"math.argmin", {"Argmin"}},
      {"math.asin", {"Arcsin"}},
      {"math.asinh", {"Arcsinh"}},
      {"math.atan", {"Arctan"}},
      {"math.atanh", {"Arctanh"}},
      {"math.bessel_i0", {"I0"}},
      {"math.bincount", {"Bincount", {}, {{"maxlength", nullptr}, {"binary_output", false}}}},
      {"math.ceil", {"Ceil"}},
      {"math.conj", {"Conj"}},
      {"math.cos", {"Cos"}},
      {"math.cosh", {"Cosh"}},
      {"math.count_nonzero", {"CountNonzero"}},
      {"math.cumprod", {"Cumprod", {}, {{"exclusive", false}, {"reverse", false}}}},
      {"math.divide", {"Divide"}},
      {"math.equal", {"Equal"}},
      {"math.erf", {"Erf"}},
      {"math.erfc", {"Erfc"}},
      {"math.erfinv", {"Erfinv"}},
      {"math.exp", {"Exp"}},
      {"math.expm1", {"Expm1"}},
      {"math.floor", {"Floor"}},
      {"math.floordiv", {"FloorDivide"}},
      {"math.floormod", {"Mod"}},
      {"math.greater", {"Greater"}},
      {"math.greater_equal", {"GreaterEqual"}},
      {"math.is_finite", {"Isfinite"}},
      {"math.is_inf", {"Isinf"}},
      {"math.is_nan", {"Isnan"}},
      {"math.less", {"Less"}},
      {"math.less_equal", {"LessEqual"}},
      {"math.log", {"Log"}},
      {"math.log1p", {"Log1p"}},
      {"math.log_sigmoid", {"LogSigmoid"}},
      {"math.logical_and", {"LogicalAnd"}},
      {"math.logical_not", {"LogicalNot"}},
      {"math.logical_or", {"LogicalOr"}},
      {"math.logical_xor", {"LogicalXor"}},
      {"math.maximum", {"Maximum"}},
      {"math.minimum", {"Minimum"}},
      {"math.multiply", {"Multiply"}},
      {"math.negative", {"Negative"}},
      {"math.not_equal", {"NotEqual"}},
      {"math.pow", {"Power"}},
      {"math.real", {"Real"}},
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
      {"math.rint", {"Round"}},
      {"math.round", {"Round"}},
      {"math.rsqrt", {"Rsqrt"}},
      {"math.segment_max", {"SegmentMax"}},
      {"math.segment_min", {"SegmentMin"}},
      {"math.segment_prod", {"SegmentProd"}},
      {"math.segment_sum", {"SegmentSum"}},
      {"math.sigmoid", {"Sigmoid"}},
      {"math.sign", {"Sign"}},
      {"math.sin", {"Sin"}},
      {"math.sinh", {"Sinh"}},
      {"math.softplus", {"Softplus"}},
      {"math.sqrt", {"Sqrt"}},
      {"math.square", {"Square"}},
      {"math.subtract", {"Subtract"}},
      {"math.tan", {"Tan"}},
      {"math.tanh", {"Tanh"}},
      {"math.top_k", {"TopK", {}, {{"sorted", true}}}},
      {"math.truediv", {"TrueDivide"}},
      {"math.unsorted_segment_max", {"SegmentMax"}},
      {"math.unsorted_segment_min", {"SegmentMin"}},
      {"math.unsorted_segment_prod", {"SegmentProd"}},
      {"math.unsorted_segment_sum", {"SegmentSum"}},
      {"nn.depth_to_space", {"DepthToSpace", {}, {{"data_format", "NHWC"}}}},
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
      {"nn.softsign", {"Softsign"}},
      {"nn.space_to_depth", {"SpaceToDepth", {}, {{"data_format", "NHWC"}}}},
      {"nn.swish", {"Silu"}},
      {"nn.tanh", {"Tanh"}},
      {"ones_like", {"OnesLike"}},
      {"repeat", {"Repeat"}},
      {"reshape", {"Reshape"}},
      {"reverse", {"Flip"}},
      {"roll", {"Roll"}},
      {"split", {"Split", {{"num_or_size_splits", "indices_or_sections"}}}},
      {"stack", {"Stack"}},
      {"stop_gradient", {"StopGradient"}},
      {"tensor_scatter_nd_update", {"ScatterUpdate"}},
      {"tile", {"Tile", {{"multiples", "repeats"}}}},
      {"unstack", {"Unstack"}},
      {"where", {"Where"}},
      {"zeros_like", {"ZerosLike"}},
  };
  return table;
}

/// What TensorFlow takes for an argument that is not given, where keras.ops takes something else.
Json defaults_of(const Function& function) {
  const std::string_view operation = function.operation;
  if (operation == "Bincount") return {{"axis", nullptr}};
  if (operation == "Diagonal" || operation == "Trace") return {{"axis1", -2}, {"axis2", -1}};
  if (operation == "Swapaxes") return {{"axis1", -2}, {"axis2", -1}};
  if (operation == "Gelu") return {{"approximate", false}};
  return Json::object();
}

/// Sizes of parts become where they end, all but the last of which NumPy names.
void name_ends(Json& sections) {
  if (!sections.is_array()) return;
  std::int64_t end = 0;
  Json ends = Json::array();
  for (const Json& size : sections) {
    require(size.is_number_integer() && size.get<std::int64_t>() >= 0, ErrorCode::kUnsupported,
            "a split into parts of the sizes {} is not supported", sections.dump());
    end = checked_add(end, size.get<std::int64_t>());
    ends.push_back(end);
  }
  if (!ends.empty()) ends.erase(ends.size() - 1);
  sections = std::move(ends);
}

void lower_case(Json& name) {
  if (!name.is_string()) return;
  std::string text = name.get<std::string>();
  for (char& letter : text) letter = static_cast<char>(std::tolower(letter));
  name = text;
}

Json config_for(const Function& function, const Json& given) {
  for (const auto& [argument, value] : function.requirements) {
    require(!given.contains(argument) || given[argument].is_null() || given[argument] == value,
            ErrorCode::kUnsupported, "the argument {} = {} is not supported", argument,
            given.value(argument, Json()).dump());
  }
  Json config = defaults_of(function);
  // A tensor cannot be part of a config; such an argument is found in the call itself.
  for (const auto& [key, value] : given.items()) {
    if (!value.is_object()) config[key] = value;
  }
  for (const Renaming& renaming : function.renamings) {
    if (given.contains(renaming.from)) config[renaming.to] = given[renaming.from];
  }
  if (config.contains("indices_or_sections")) name_ends(config["indices_or_sections"]);
  if (config.contains("mode")) lower_case(config["mode"]);
  return config;
}

keras::LayerRecord operation_of(std::string_view class_name) {
  keras::LayerRecord operation;
  operation.class_name = class_name;
  operation.module = "keras.src.ops";
  return operation;
}

/// A function on tensors, and numbers where it needs to know them.
std::vector<ValueId> lower_function(LayerCall& call, const std::string& name) {
  if (const LowerFunction lower = find_tensorflow_function(name)) return lower(call);
  const auto found = functions().find(name);
  require(found != functions().end(), ErrorCode::kUnsupported,
          "the TensorFlow function '{}' is not supported", name);
  keras::LayerRecord operation = operation_of(found->second.operation);
  const Json given = call.call() == nullptr ? Json::object() : call.call()->kwargs;
  operation.config = config_for(found->second, given);
  LayerCall renamed = call.of(operation);
  return Registry::builtin().find(operation).lower(renamed);
}

/// What depends on how many samples there are is not to be computed for a part of them.
std::vector<ValueId> bind_to_batch(LayerCall& call, std::vector<ValueId> outputs) {
  for (ValueId& output : outputs) output = call.add(ops::make_bound_to_batch(), {output});
  return outputs;
}

std::vector<ValueId> tensorflow_function(LayerCall& call) {
  const std::string name = call.config().text("function", "");
  if (call.call() == nullptr) return lower_function(call, name);
  const SettledCall settled = settle(call, name);
  LayerCall on_numbers = call.of(settled.arguments, settled.inputs);
  std::vector<ValueId> outputs = lower_function(on_numbers, name);
  return settled.is_bound_to_batch ? bind_to_batch(call, std::move(outputs)) : outputs;
}

/// Entries of an index as Keras 3 writes them: only slices look different.
Json index_entries(const Json& spec) {
  if (!spec.is_array()) return index_entries(Json::array({spec}));
  Json entries = Json::array();
  for (const Json& entry : spec) {
    const bool is_slice = entry.is_object() && entry.contains("start");
    entries.push_back(is_slice ? Json{{"class_name", "__slice__"}, {"config", entry}} : entry);
  }
  return entries;
}

/// Some sizes of a tensor do not depend on how many samples there are: those are constants.
ValueId without_batch(LayerCall& call, ValueId part) {
  if (call.type(part).dtype != DType::kInt32) return part;
  const std::optional<KnownValue> known = find_known(call, part);
  if (!known || std::ranges::find(known->counts_samples, true) != known->counts_samples.end()) {
    return part;
  }
  return as_value(call, known->numbers.operand(call.path()));
}

/// x[...], whose key Keras 2 calls slice_spec.
std::vector<ValueId> slicing(LayerCall& call) {
  const std::string name = call.config().text("function", "");
  if (name == "compat.v1.boolean_mask") return tensorflow_function(call);
  require(name == "__operators__.getitem" && call.call() != nullptr, ErrorCode::kUnsupported,
          "the function '{}' is not supported", name);
  SettledCall settled = settle(call, name);
  Json& arguments = settled.arguments.kwargs;
  require(arguments.contains("slice_spec"), ErrorCode::kMalformed, "has no slice_spec");
  const std::vector<ValueId> part =
      add_keras_operation(call, "GetItem", Json::object(), settled.inputs,
                          {{"key", index_entries(arguments["slice_spec"])}});
  if (settled.is_bound_to_batch) return bind_to_batch(call, part);
  return {without_batch(call, part.front())};
}

}  // namespace

void register_tensorflow_operations(Registry& registry) {
  registry.add_layer("TFOpLambda", tensorflow_function);
  registry.add_layer("SlicingOpLambda", slicing);
}

}  // namespace weir::layers
