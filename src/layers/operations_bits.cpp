#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/registry.h"

/// Operations of keras.ops on the bits, or the factors, of whole numbers.
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
}

}  // namespace weir::layers
