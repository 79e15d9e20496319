#include <array>
#include <cmath>
#include <limits>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/bitcast.h"

/// Operations of keras.ops on the bits of numbers, or the factors of whole ones.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;

Operand whole_operand(LayerCall& call, std::size_t position,
                      std::initializer_list<std::string_view> names) {
  const Operand operand = operand_of(call, position, names);
  require(operand.dtype(call) != DType::kFloat32, ErrorCode::kInvalidArgument,
          "is of whole numbers only");
  return operand;
}

/// Truth values stay such.
template <BinaryKind kKind>
std::vector<ValueId> of_whole_numbers(LayerCall& call) {
  const Operand a = whole_operand(call, 0, {"x1", "x"});
  const Operand b = whole_operand(call, 1, {"x2", "y"});
  const ValueId result = add_binary(call, kKind, a, b);
  return {add_cast(call, promoted(call, {&a, &b}), result)};
}

std::vector<ValueId> inverted(LayerCall& call) {
  const Operand x = whole_operand(call, 0, {"x"});
  if (x.dtype(call) == DType::kBool) {
    return {add_comparison(call, ComparisonKind::kEqual, x, Operand::number(0, true))};
  }
  return {add_binary(call, BinaryKind::kBitXor, x, Operand::number(-1, true))};
}

ValueId bitcast(LayerCall& call, DType to, ValueId x) {
  return call.type(x).dtype == to ? x : call.add(ops::make_bitcast(to), {x});
}

Operand whole(double value) { return Operand::number(value, /*is_integer=*/true); }

/// The type that the model says the first argument has, which Weir may compute in another.
std::string recorded_type(const LayerCall& call) {
  const Json* argument = find_argument(call, 0, {"x"});
  require(argument != nullptr && argument->is_object(), ErrorCode::kMalformed, "has no tensor");
  return Config(*argument).text("dtype", "float32");
}

/// Bits of whole numbers of 32 in parts of `bits`, the lowest first.
ValueId add_parts(LayerCall& call, ValueId x, int bits, bool is_signed) {
  const std::int64_t count = 32 / bits;
  std::vector<double> behind;  // Bits above each part.
  for (std::int64_t i = count; i-- > 0;) behind.push_back(static_cast<double>(i * bits));
  Shape shape = call.shape(x);
  Shape column = shape;
  column.push_back(1);
  const ValueId raised = add_binary(call, BinaryKind::kShiftLeft, add_reshape(call, x, column),
                                    Operand::array(call.path(), behind, {count}, DType::kInt32));
  ValueId parts = add_binary(call, BinaryKind::kShiftRight, raised, whole(32 - bits));
  if (!is_signed) parts = add_binary(call, BinaryKind::kBitAnd, parts, whole((1 << bits) - 1));
  shape[shape.rank() - 1] *= count;
  return add_reshape(call, parts, shape);
}

/// The same memory as numbers of another type.
std::vector<ValueId> view(LayerCall& call) {
  const ValueId x = first_input(call);
  const std::string from = recorded_type(call);
  const std::string to = call.config().text("dtype", from);
  if (from == to) return {x};
  require(from == "float32" || from == "int32", ErrorCode::kUnsupported,
          "the bits of {} elements, which Weir has in another form, are not supported", from);
  const ValueId bits = bitcast(call, DType::kInt32, x);
  if (to == "int32") return {bits};
  if (to == "float32") return {bitcast(call, DType::kFloat32, bits)};
  constexpr std::array<std::pair<std::string_view, int>, 2> kWidths{{{"int8", 8}, {"int16", 16}}};
  for (const auto& [name, width] : kWidths) {
    if (!to.ends_with(name) || call.shape(x).empty()) continue;
    return {add_parts(call, bits, width, to == name)};
  }
  fail(ErrorCode::kUnsupported, "the bits of {} elements as {} are not supported", from, to);
}

/// The float that comes next after x on the way to y. The bits of floats of one sign are whole
/// numbers in the same order.
std::vector<ValueId> next_after(LayerCall& call) {
  constexpr double kLeastNegative = std::numeric_limits<std::int32_t>::lowest() + 1;  // -0 and 1
  const ValueId x = as_value(call, float_operand(call, 0, {"x1"}));
  const ValueId y = as_value(call, float_operand(call, 1, {"x2"}));
  const auto is = [&](ComparisonKind kind, const Operand& a, const Operand& b) {
    return add_comparison(call, kind, a, b);
  };
  const ValueId grows = is(ComparisonKind::kEqual, is(ComparisonKind::kLess, x, y),
                           is(ComparisonKind::kGreater, x, Operand::real(0)));
  const ValueId next = add_binary(call, BinaryKind::kAdd, bitcast(call, DType::kInt32, x),
                                  add_select(call, grows, whole(1), whole(-1)));
  const ValueId least = add_select(call, is(ComparisonKind::kGreater, y, Operand::real(0)),
                                   whole(1), whole(kLeastNegative));
  const ValueId bits =
      add_select(call, is(ComparisonKind::kEqual, x, Operand::real(0)), least, next);
  const ValueId moved =
      add_select(call, is(ComparisonKind::kEqual, x, y), y, bitcast(call, DType::kFloat32, bits));
  const ValueId is_number =
      is(ComparisonKind::kAnd, is(ComparisonKind::kEqual, x, x), is(ComparisonKind::kEqual, y, y));
  return {add_select(call, is_number, moved, Operand::real(std::nan("")))};
}

}  // namespace

void register_operations_bits(Registry& registry) {
  registry.add_operation("BitwiseAnd", of_whole_numbers<BinaryKind::kBitAnd>);
  registry.add_operation("BitwiseOr", of_whole_numbers<BinaryKind::kBitOr>);
  registry.add_operation("BitwiseXor", of_whole_numbers<BinaryKind::kBitXor>);
  registry.add_operation("BitwiseNot", inverted);
  registry.add_operation("BitwiseInvert", inverted);
  for (const char* name : {"BitwiseLeftShift", "LeftShift"}) {
    registry.add_operation(name, of_whole_numbers<BinaryKind::kShiftLeft>);
  }
  for (const char* name : {"BitwiseRightShift", "RightShift"}) {
    registry.add_operation(name, of_whole_numbers<BinaryKind::kShiftRight>);
  }
  registry.add_operation("Gcd", of_whole_numbers<BinaryKind::kGcd>);
  registry.add_operation("Lcm", of_whole_numbers<BinaryKind::kLcm>);
  registry.add_operation("View", view);
  registry.add_operation("Nextafter", next_after);
}

}  // namespace weir::layers
