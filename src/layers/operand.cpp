#include "layers/operand.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include "base/fail.h"
#include "layers/as_float.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/constant_value.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::Unary;
using kernels::UnaryKind;

template <typename T>
SharedBytes own_bytes(const std::vector<double>& values) {
  auto owned = std::make_shared<std::vector<T>>(values.size());
  std::transform(values.begin(), values.end(), owned->begin(), [](double value) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value);
    return static_cast<T>(std::clamp<double>(value, Limits::min(), Limits::max()));
  });
  const std::span<const T> elements(*owned);
  return {std::as_bytes(elements), owned};
}

/// Unique to the contents, so that equal constants share their packed copy.
std::string content_name(const SharedBytes& data) {
  const std::string_view text(reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size());
  return fmt::format("{:x}.{}", std::hash<std::string_view>()(text), text.size());
}

graph::Constant make_constant(const std::string& path, const std::vector<double>& values,
                              const Shape& shape, DType dtype) {
  const bool is_float = dtype == DType::kFloat32;
  SharedBytes data = is_float ? own_bytes<float>(values) : own_bytes<std::int32_t>(values);
  std::string id = fmt::format("{}/constant {}", path, content_name(data));
  return {std::move(id), is_float ? dtype : DType::kInt32, shape, std::move(data)};
}

/// bool < int32 < float32.
int rank_of(DType dtype) { return dtype == DType::kBool ? 0 : dtype == DType::kInt32 ? 1 : 2; }

/// x to the power of a number.
Unary power_of(double exponent) {
  if (exponent == 1.0) return {};
  if (exponent == 2.0) return {UnaryKind::kSquare};
  if (exponent == 0.5) return {UnaryKind::kSqrt};
  if (exponent == -0.5) return {UnaryKind::kRsqrt};
  if (exponent == -1.0) return {UnaryKind::kReciprocal};
  return {UnaryKind::kPower, static_cast<float>(exponent)};
}

bool is_power_of_two(float value) {
  int exponent = 0;
  return std::abs(std::frexp(value, &exponent)) == 0.5F && std::abs(exponent) < 120;
}

/// kind(x, number) as a function of x, where there is one.
std::optional<Unary> unary_of(BinaryKind kind, double number) {
  const auto value = static_cast<float>(number);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (kind) {
    case BinaryKind::kAdd:
      return kernels::affine(1.0F, value);
    case BinaryKind::kSubtract:
      return kernels::affine(1.0F, -value);
    case BinaryKind::kMultiply:
      return kernels::affine(value, 0.0F);
    case BinaryKind::kMaximum:
      return kernels::clip(value, kInfinity);
    case BinaryKind::kMinimum:
      return kernels::clip(-kInfinity, value);
    case BinaryKind::kPower:
      return power_of(number);
    case BinaryKind::kDivide:
      // Others would round twice, which a floor() after them could tell.
      if (is_power_of_two(value)) return kernels::affine(1.0F / value, 0.0F);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// kind(number, x), for what does not commute.
std::optional<Unary> reversed_unary_of(BinaryKind kind, double number) {
  switch (kind) {
    case BinaryKind::kSubtract:
      return kernels::affine(-1.0F, static_cast<float>(number));
    case BinaryKind::kDivide:
      if (number == 1.0) return Unary{UnaryKind::kReciprocal};
      return std::nullopt;
    case BinaryKind::kPower:
      return std::nullopt;
    default:
      return unary_of(kind, number);
  }
}

ValueId add_unary(LayerCall& call, const Unary& unary, ValueId x) {
  if (unary.is_identity()) return x;
  if (unary.kind == UnaryKind::kAffine) return add_affine(call, unary.a, unary.b, x);
  return call.add(ops::make_unary(unary), {x});
}

/// A function of a float tensor and a number without the number as an operand.
std::optional<ValueId> add_with_number(LayerCall& call, BinaryKind kind, const Operand& a,
                                       const Operand& b) {
  if (a.value() && b.as_number()) {
    if (const auto unary = unary_of(kind, *b.as_number())) {
      return add_unary(call, *unary, as_float(call, *a.value()));
    }
  }
  if (b.value() && a.as_number()) {
    if (const auto unary = reversed_unary_of(kind, *a.as_number())) {
      return add_unary(call, *unary, as_float(call, *b.value()));
    }
  }
  return std::nullopt;
}

/// Operands as an operation takes them: constants apart, tensors cast to the operation's type.
struct Split {
  std::vector<ops::MaybeConstant> constants;
  std::vector<ValueId> values;
};

void append(LayerCall& call, DType dtype, const Operand& operand, Split& split) {
  const std::optional<ValueId> value = operand.value();
  if (value) split.values.push_back(add_cast(call, dtype, *value));
  split.constants.push_back(value ? std::nullopt
                                  : ops::MaybeConstant(operand.constant(call.path())));
}

Split split_operands(LayerCall& call, DType dtype, const Operand& a, const Operand& b) {
  Split split;
  append(call, dtype, a, split);
  append(call, dtype, b, split);
  require(!split.values.empty(), ErrorCode::kUnsupported, "is called on constants only");
  return split;
}

}  // namespace

Operand Operand::number(double value, bool is_integer) {
  return Operand(Content(Number{value, is_integer}));
}

Operand Operand::array(const std::string& path, const std::vector<double>& values,
                       const Shape& shape, DType dtype) {
  return Operand(Content(make_constant(path, values, shape, dtype)));
}

std::optional<ValueId> Operand::value() const {
  const auto* value = std::get_if<ValueId>(&content_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> Operand::as_number() const {
  const auto* number = std::get_if<Number>(&content_);
  return number == nullptr ? std::nullopt : std::optional(number->value);
}

bool Operand::is_weak() const { return std::holds_alternative<Number>(content_); }

DType Operand::dtype(const LayerCall& call) const {
  if (const auto* value = std::get_if<ValueId>(&content_)) return call.type(*value).dtype;
  if (const auto* number = std::get_if<Number>(&content_)) {
    return number->is_integer ? DType::kInt32 : DType::kFloat32;
  }
  return std::get<graph::Constant>(content_).dtype;
}

graph::Constant Operand::constant(const std::string& path) const {
  if (const auto* number = std::get_if<Number>(&content_)) {
    return make_constant(path, {number->value}, Shape(),
                         number->is_integer ? DType::kInt32 : DType::kFloat32);
  }
  return std::get<graph::Constant>(content_);
}

DType promoted(const LayerCall& call, std::initializer_list<const Operand*> operands) {
  DType result = DType::kBool;
  for (const Operand* operand : operands) {
    const DType dtype = operand->dtype(call);
    if (rank_of(dtype) > rank_of(result)) result = dtype;
  }
  return result;
}

ValueId add_cast(LayerCall& call, DType dtype, ValueId value) {
  if (call.type(value).dtype == dtype) return value;
  return call.add(ops::make_cast(dtype), {value});
}

ValueId as_value(LayerCall& call, const Operand& operand) {
  if (const std::optional<ValueId> value = operand.value()) return *value;
  return call.add(ops::make_constant_value(operand.constant(call.path())), {});
}

ValueId add_binary(LayerCall& call, BinaryKind kind, const Operand& a, const Operand& b) {
  const DType common = promoted(call, {&a, &b});
  const DType dtype = common == DType::kBool ? DType::kInt32 : common;
  if (dtype == DType::kFloat32) {
    if (const auto result = add_with_number(call, kind, a, b)) return *result;
  }
  Split split = split_operands(call, dtype, a, b);
  return call.add(ops::make_binary(kind, split.constants[0], split.constants[1]), split.values);
}

ValueId add_division(LayerCall& call, const Operand& a, const Operand& b) {
  const auto floats = [&](const Operand& operand) {
    return operand.value() ? Operand(as_float(call, *operand.value())) : operand;
  };
  return add_binary(call, BinaryKind::kDivide, floats(a), floats(b));
}

ValueId add_comparison(LayerCall& call, kernels::ComparisonKind kind, const Operand& a,
                       const Operand& b) {
  Split split = split_operands(call, promoted(call, {&a, &b}), a, b);
  return call.add(ops::make_comparison(kind, split.constants[0], split.constants[1]), split.values);
}

ValueId add_select(LayerCall& call, const Operand& condition, const Operand& a, const Operand& b) {
  const DType dtype = promoted(call, {&a, &b});
  Split split;
  append(call, DType::kBool, condition, split);
  append(call, dtype, a, split);
  append(call, dtype, b, split);
  require(!split.values.empty(), ErrorCode::kUnsupported, "is called on constants only");
  return call.add(
      ops::make_select(dtype, split.constants[0], split.constants[1], split.constants[2]),
      split.values);
}

ValueId add_affine(LayerCall& call, double a, double b, ValueId x) {
  const Shape& shape = call.shape(x);
  const std::int64_t channels = shape.rank() > 1 ? shape.back() : 0;
  return call.add(ops::make_affine(static_cast<float>(a), static_cast<float>(b), channels), {x});
}

}  // namespace weir::layers
