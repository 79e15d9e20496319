#pragma once

#include <optional>
#include <variant>

#include "kernels/binary.h"
#include "layers/layer.h"

/// Operands of operations that broadcast, and Keras's rules for their types.
namespace weir::layers {

/// A tensor, or a constant of the model: a number or an array that a config or a call gives.
class Operand {
 public:
  Operand(ValueId value) : content_(value) {}  // NOLINT(google-explicit-constructor)
  /// A Python number, which takes the type of what it meets.
  static Operand number(double value, bool is_integer);
  static Operand real(double value) { return number(value, /*is_integer=*/false); }
  /// An array, in C order, that keeps its type. `path` and the contents name it.
  static Operand array(const std::string& path, const std::vector<double>& values,
                       const Shape& shape, DType dtype);

  std::optional<ValueId> value() const;
  /// The number, where it is one (an array of one element is not).
  std::optional<double> as_number() const;
  /// The type that the operand brings to a promotion; `call` knows the types of values.
  DType dtype(const LayerCall& call) const;
  bool is_weak() const;
  /// The constant as an operand of an operation. `path` names it.
  graph::Constant constant(const std::string& path) const;

 private:
  struct Number {
    double value;
    bool is_integer;
  };
  using Content = std::variant<ValueId, Number, graph::Constant>;
  explicit Operand(Content content) : content_(std::move(content)) {}

  Content content_;
};

/// What Keras computes a function of the operands in: bool, int32 or float32.
DType promoted(const LayerCall& call, std::initializer_list<const Operand*> operands);

/// `value` cast to `dtype` where it is of another type.
ValueId add_cast(LayerCall& call, DType dtype, ValueId value);

/// The operand as a value, for operations that take no constants.
ValueId as_value(LayerCall& call, const Operand& operand);

/// kind(a, b) in their promoted type, at least int32. Floats and a number become the cheapest
/// operation there is. At least one is a tensor.
ValueId add_binary(LayerCall& call, kernels::BinaryKind kind, const Operand& a, const Operand& b);
/// a / b, in floats.
ValueId add_division(LayerCall& call, const Operand& a, const Operand& b);
ValueId add_comparison(LayerCall& call, kernels::ComparisonKind kind, const Operand& a,
                       const Operand& b);
ValueId add_select(LayerCall& call, const Operand& condition, const Operand& a, const Operand& b);
/// a * x + b.
ValueId add_affine(LayerCall& call, double a, double b, ValueId x);

}  // namespace weir::layers
