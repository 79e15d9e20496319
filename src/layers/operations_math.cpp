#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "ops/unary.h"

/// Operations of keras.ops that work element by element.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::Unary;
using kernels::UnaryKind;

/// A function of one float, with the name and the default of its parameter where it has one.
struct UnaryEntry {
  UnaryKind kind;
  const char* parameter = nullptr;
  double fallback = 0.0;
};

const std::map<std::string, UnaryEntry, std::less<>>& unary_entries() {
  static const std::map<std::string, UnaryEntry, std::less<>> entries{
      {"Abs", {UnaryKind::kAbs}},
      {"Absolute", {UnaryKind::kAbs}},
      {"Arccos", {UnaryKind::kAcos}},
      {"Arccosh", {UnaryKind::kAcosh}},
      {"Arcsin", {UnaryKind::kAsin}},
      {"Arcsinh", {UnaryKind::kAsinh}},
      {"Arctan", {UnaryKind::kAtan}},
      {"Arctanh", {UnaryKind::kAtanh}},
      {"Ceil", {UnaryKind::kCeil}},
      {"Celu", {UnaryKind::kCelu, "alpha", 1.0}},
      {"Cos", {UnaryKind::kCos}},
      {"Cosh", {UnaryKind::kCosh}},
      {"Elu", {UnaryKind::kElu, "alpha", 1.0}},
      {"Erf", {UnaryKind::kErf}},
      {"Exp", {UnaryKind::kExp}},
      {"Exp2", {UnaryKind::kExp2}},
      {"Expm1", {UnaryKind::kExpm1}},
      {"Fabs", {UnaryKind::kAbs}},
      {"Floor", {UnaryKind::kFloor}},
      {"HardShrink", {UnaryKind::kHardShrink, "threshold", 0.5}},
      {"HardSilu", {UnaryKind::kHardSilu}},
      {"HardTanh", {UnaryKind::kHardTanh}},
      {"Log", {UnaryKind::kLog}},
      {"Log10", {UnaryKind::kLog10}},
      {"Log1p", {UnaryKind::kLog1p}},
      {"Log2", {UnaryKind::kLog2}},
      {"LogSigmoid", {UnaryKind::kLogSigmoid}},
      {"Negative", {UnaryKind::kNegate}},
      {"Reciprocal", {UnaryKind::kReciprocal}},
      {"Rsqrt", {UnaryKind::kRsqrt}},
      {"Selu", {UnaryKind::kSelu}},
      {"Sigmoid", {UnaryKind::kSigmoid}},
      {"Sign", {UnaryKind::kSign}},
      {"Silu", {UnaryKind::kSilu}},
      {"Sin", {UnaryKind::kSin}},
      {"Sinh", {UnaryKind::kSinh}},
      {"SoftShrink", {UnaryKind::kSoftShrink, "threshold", 0.5}},
      {"Softplus", {UnaryKind::kSoftplus}},
      {"Softsign", {UnaryKind::kSoftsign}},
      {"SparsePlus", {UnaryKind::kSparsePlus}},
      {"SparseSigmoid", {UnaryKind::kSparseSigmoid}},
      {"Sqrt", {UnaryKind::kSqrt}},
      {"Square", {UnaryKind::kSquare}},
      {"Squareplus", {UnaryKind::kSquareplus, "b", 4.0}},
      {"Tan", {UnaryKind::kTan}},
      {"Tanh", {UnaryKind::kTanh}},
      {"TanhShrink", {UnaryKind::kTanhShrink}},
      {"Trunc", {UnaryKind::kTrunc}},
  };
  return entries;
}

/// The type that Weir computes in where Keras computes in `dtype`. Other whole numbers would have
/// to wrap as theirs do.
DType computed_type(DType dtype) {
  const DType type = executable_type(dtype);
  const bool wraps = type == DType::kInt32 && dtype != DType::kInt32 && dtype != DType::kInt64;
  require(!wraps && type != DType::kString, ErrorCode::kUnsupported,
          "to '{}' is not supported: only int32 and int64 are", to_string(dtype));
  return type;
}

std::vector<ValueId> add_unary(LayerCall& call, const Unary& unary) {
  return {call.add(ops::make_unary(unary), {as_float(call, first_input(call))})};
}

/// The functions that keep whole numbers whole; nothing for the others.
std::optional<ValueId> add_integer_function(LayerCall& call, UnaryKind kind, ValueId x) {
  const auto number = [](double value) { return Operand::number(value, /*is_integer=*/true); };
  const auto negative = [&] { return add_binary(call, BinaryKind::kSubtract, number(0), x); };
  switch (kind) {
    case UnaryKind::kNegate:
      return negative();
    case UnaryKind::kAbs:
      if (call.type(x).dtype == DType::kBool) return x;
      return add_binary(call, BinaryKind::kMaximum, x, negative());
    case UnaryKind::kSquare:
      return add_binary(call, BinaryKind::kMultiply, x, x);
    case UnaryKind::kTrunc:
      return x;
    case UnaryKind::kSign: {
      const ValueId least = add_binary(call, BinaryKind::kMaximum, x, number(-1));
      return add_binary(call, BinaryKind::kMinimum, least, number(1));
    }
    default:
      return std::nullopt;
  }
}

std::vector<ValueId> unary(LayerCall& call) {
  const UnaryEntry& entry = unary_entries().at(call.record().class_name);
  const ValueId x = first_input(call);
  if (call.type(x).dtype != DType::kFloat32) {
    if (const auto result = add_integer_function(call, entry.kind, x)) return {*result};
  }
  Unary function{entry.kind};
  if (entry.parameter != nullptr) {
    const Json settings = settings_of(call);
    function.a = static_cast<float>(Config(settings).number(entry.parameter, entry.fallback));
  }
  return add_unary(call, function);
}

std::vector<ValueId> relu(LayerCall& call) {
  const ValueId x = first_input(call);
  if (call.type(x).dtype == DType::kInt32) {
    return {add_binary(call, BinaryKind::kMaximum, x, Operand::number(0, /*is_integer=*/true))};
  }
  return add_unary(call, kernels::relu());
}

std::vector<ValueId> relu6(LayerCall& call) {
  const ValueId x = first_input(call);
  if (call.type(x).dtype == DType::kInt32) {
    return {add_binary(call, BinaryKind::kMinimum, relu(call).front(),
                       Operand::number(6, /*is_integer=*/true))};
  }
  return add_unary(call, kernels::relu(0.0F, 0.0F, 6.0F));
}

std::vector<ValueId> leaky_relu(LayerCall& call) {
  const Json settings = settings_of(call);
  return add_unary(
      call, kernels::relu(static_cast<float>(Config(settings).number("negative_slope", 0.2))));
}

std::vector<ValueId> gelu(LayerCall& call) {
  const Json settings = settings_of(call);
  const bool approximate = Config(settings).boolean("approximate", true);
  return add_unary(call, {approximate ? UnaryKind::kGeluTanh : UnaryKind::kGelu});
}

std::vector<ValueId> hard_sigmoid(LayerCall& call) {
  return add_unary(call, {UnaryKind::kHardSigmoid, 1.0F / 6.0F, 0.5F});
}

std::vector<ValueId> threshold(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const double least = config.number("threshold", 0.0);
  const double instead = config.number("default_value", 0.0);
  const ValueId x = first_input(call);
  if (call.type(x).dtype == DType::kInt32) {
    const ValueId is_above =
        add_comparison(call, ComparisonKind::kGreater, x, Operand::number(least, true));
    return {add_select(call, is_above, x, Operand::number(instead, true))};
  }
  return add_unary(call,
                   {UnaryKind::kThreshold, static_cast<float>(least), static_cast<float>(instead)});
}

/// Nothing is above infinity, so every element becomes the number.
ValueId add_filled(LayerCall& call, double number) {
  const Json settings = settings_of(call);
  const std::string name = Config(settings).text("dtype", "");
  const std::optional<DType> wanted = dtype_from_name(name);
  require(name.empty() || wanted.has_value(), ErrorCode::kUnsupported, "the type '{}'", name);
  const Unary fill{UnaryKind::kThreshold, std::numeric_limits<float>::infinity(),
                   static_cast<float>(number)};
  const DType dtype = wanted ? computed_type(*wanted) : call.type(first_input(call)).dtype;
  return add_cast(call, dtype, add_unary(call, fill).front());
}

template <int kNumber>
std::vector<ValueId> filled_like(LayerCall& call) {
  return {add_filled(call, kNumber)};
}

std::vector<ValueId> full_like(LayerCall& call) {
  const std::optional<double> number = operand_of(call, 1, {"fill_value"}).as_number();
  require(number.has_value(), ErrorCode::kUnsupported,
          "filling with anything but a number is not supported");
  return {add_filled(call, *number)};
}

/// To a number of decimals.
std::vector<ValueId> round(LayerCall& call) {
  const Json settings = settings_of(call);
  const double factor = std::pow(10.0, Config(settings).number("decimals", 0.0));
  const ValueId x = first_input(call);
  if (factor == 1.0 && call.type(x).dtype == DType::kInt32) return {x};
  if (factor == 1.0) return add_unary(call, {UnaryKind::kRound});
  const ValueId scaled = add_affine(call, factor, 0.0, as_float(call, x));
  const ValueId rounded = call.add(ops::make_unary({UnaryKind::kRound}), {scaled});
  return {add_affine(call, 1.0 / factor, 0.0, rounded)};
}

/// The bounds take the type of what they bound.
std::vector<ValueId> clip(LayerCall& call) {
  const Json settings = settings_of(call);
  ValueId x = as_number(call, first_input(call));
  const bool is_integer = call.type(x).dtype == DType::kInt32;
  const auto bound = [&](const char* key, BinaryKind kind) {
    if (!Config(settings).has(key)) return;
    const double value = Config(settings).number(key, 0.0);
    x = add_binary(call, kind, x,
                   Operand::number(is_integer ? std::trunc(value) : value, is_integer));
  };
  bound("x_min", BinaryKind::kMaximum);
  bound("x_max", BinaryKind::kMinimum);
  return {x};
}

Operand left(const LayerCall& call) { return operand_of(call, 0, {"x1", "x"}); }
Operand right(const LayerCall& call) { return operand_of(call, 1, {"x2", "y"}); }

template <BinaryKind kKind>
std::vector<ValueId> binary(LayerCall& call) {
  return {add_binary(call, kKind, left(call), right(call))};
}

std::vector<ValueId> division(LayerCall& call) {
  return {add_division(call, left(call), right(call))};
}

std::vector<ValueId> arctan2(LayerCall& call) {
  return {add_binary(call, BinaryKind::kArctan2, float_operand(call, 0, {"x1", "x"}),
                     float_operand(call, 1, {"x2", "y"}))};
}

template <ComparisonKind kKind>
std::vector<ValueId> comparison(LayerCall& call) {
  return {add_comparison(call, kKind, left(call), right(call))};
}

std::vector<ValueId> logical_not(LayerCall& call) {
  const ValueId x = add_cast(call, DType::kBool, first_input(call));
  return {add_comparison(call, ComparisonKind::kEqual, x, Operand::number(0, true))};
}

std::vector<ValueId> is_nan(LayerCall& call) {
  const ValueId x = first_input(call);
  return {add_comparison(call, ComparisonKind::kNotEqual, x, x)};
}

/// |x| compared with infinity.
template <ComparisonKind kKind>
std::vector<ValueId> compared_with_infinity(LayerCall& call) {
  const ValueId magnitude =
      call.add(ops::make_unary({UnaryKind::kAbs}), {as_float(call, first_input(call))});
  const Operand infinity = Operand::number(std::numeric_limits<double>::infinity(), false);
  return {add_comparison(call, kKind, magnitude, infinity)};
}

std::vector<ValueId> where(LayerCall& call) {
  const std::optional<Operand> a = find_operand(call, 1, {"x1", "x"});
  const std::optional<Operand> b = find_operand(call, 2, {"x2", "y"});
  require(a && b, ErrorCode::kUnsupported, "without values to choose from is not supported");
  return {add_select(call, operand_of(call, 0, {"condition"}), *a, *b)};
}

std::vector<ValueId> cast(LayerCall& call) {
  const Json settings = settings_of(call);
  const std::string name = Config(settings).text("dtype", "float32");
  const std::optional<DType> dtype = dtype_from_name(name);
  require(dtype.has_value(), ErrorCode::kUnsupported, "to '{}' is not supported", name);
  return {add_cast(call, computed_type(*dtype), first_input(call))};
}

/// The least and the largest number of a type that Weir computes in int32; what is farther away
/// than the float next to 2^31 would not fit into that.
std::optional<std::array<double, 2>> limits_of(DType dtype) {
  constexpr double kLargest = 2147483520;
  switch (dtype) {
    case DType::kUInt8:
      return {{0, 255}};
    case DType::kInt8:
      return {{-128, 127}};
    case DType::kUInt16:
      return {{0, 65535}};
    case DType::kInt16:
      return {{-32768, 32767}};
    case DType::kInt32:
      return {{-2147483648.0, kLargest}};
    default:
      return std::nullopt;
  }
}

/// To the nearest number that the type has.
std::vector<ValueId> saturate_cast(LayerCall& call) {
  const Json settings = settings_of(call);
  const DType dtype =
      dtype_from_name(Config(settings).text("dtype", "float32")).value_or(DType::kString);
  const ValueId x = as_number(call, first_input(call));
  if (dtype == DType::kFloat32) return {as_float(call, x)};
  const auto limits = limits_of(dtype);
  require(limits.has_value(), ErrorCode::kUnsupported,
          "only to float32 and whole numbers of up to 32 bits is supported");
  const bool is_integer = call.type(x).dtype == DType::kInt32;
  if (is_integer && dtype == DType::kInt32) return {x};
  const ValueId above =
      add_binary(call, BinaryKind::kMaximum, x, Operand::number((*limits)[0], is_integer));
  return {add_cast(
      call, DType::kInt32,
      add_binary(call, BinaryKind::kMinimum, above, Operand::number((*limits)[1], is_integer)))};
}

std::vector<ValueId> convert_to_tensor(LayerCall& call) {
  return Config(settings_of(call)).has("dtype") ? cast(call) : std::vector{first_input(call)};
}

std::vector<ValueId> unchanged(LayerCall& call) { return {first_input(call)}; }

void register_functions(Registry& registry) {
  for (const auto& [class_name, entry] : unary_entries()) registry.add_operation(class_name, unary);
  registry.add_operation("Relu", relu);
  registry.add_operation("Relu6", relu6);
  registry.add_operation("LeakyRelu", leaky_relu);
  registry.add_operation("Gelu", gelu);
  registry.add_operation("HardSigmoid", hard_sigmoid);
  registry.add_operation("Threshold", threshold);
  registry.add_operation("ZerosLike", filled_like<0>);
  registry.add_operation("OnesLike", filled_like<1>);
  registry.add_operation("EmptyLike", filled_like<0>);
  registry.add_operation("FullLike", full_like);
  registry.add_operation("Imag", filled_like<0>);
  registry.add_operation("Round", round);
  registry.add_operation("Clip", clip);
  registry.add_operation("Cast", cast);
  registry.add_operation("SaturateCast", saturate_cast);
  registry.add_operation("ConvertToTensor", convert_to_tensor);
  registry.add_operation("StopGradient", unchanged);
  registry.add_operation("Copy", unchanged);
}

void register_binary_functions(Registry& registry) {
  registry.add_operation("Add", binary<BinaryKind::kAdd>);
  registry.add_operation("Subtract", binary<BinaryKind::kSubtract>);
  registry.add_operation("Multiply", binary<BinaryKind::kMultiply>);
  registry.add_operation("Divide", division);
  registry.add_operation("TrueDivide", division);
  registry.add_operation("FloorDivide", binary<BinaryKind::kFloorDivide>);
  registry.add_operation("Mod", binary<BinaryKind::kMod>);
  registry.add_operation("Power", binary<BinaryKind::kPower>);
  registry.add_operation("Maximum", binary<BinaryKind::kMaximum>);
  registry.add_operation("Minimum", binary<BinaryKind::kMinimum>);
  registry.add_operation("Arctan2", arctan2);
}

void register_comparisons(Registry& registry) {
  registry.add_operation("Equal", comparison<ComparisonKind::kEqual>);
  registry.add_operation("NotEqual", comparison<ComparisonKind::kNotEqual>);
  registry.add_operation("Less", comparison<ComparisonKind::kLess>);
  registry.add_operation("LessEqual", comparison<ComparisonKind::kLessEqual>);
  registry.add_operation("Greater", comparison<ComparisonKind::kGreater>);
  registry.add_operation("GreaterEqual", comparison<ComparisonKind::kGreaterEqual>);
  registry.add_operation("LogicalAnd", comparison<ComparisonKind::kAnd>);
  registry.add_operation("LogicalOr", comparison<ComparisonKind::kOr>);
  registry.add_operation("LogicalXor", comparison<ComparisonKind::kXor>);
  registry.add_operation("LogicalNot", logical_not);
  registry.add_operation("Isnan", is_nan);
  registry.add_operation("Isinf", compared_with_infinity<ComparisonKind::kEqual>);
  registry.add_operation("Isfinite", compared_with_infinity<ComparisonKind::kLess>);
  registry.add_operation("Where", where);
}

}  // namespace

void register_operations_math(Registry& registry) {
  register_functions(registry);
  register_binary_functions(registry);
  register_comparisons(registry);
}

}  // namespace weir::layers
