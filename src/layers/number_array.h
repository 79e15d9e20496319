#pragma once

#include <optional>
#include <string>

#include "layers/operand.h"

namespace weir::layers {

/// Numbers that a config or a call gives: one, nested lists of them, or a serialised NumPy array or
/// tensor.
struct NumberArray {
  std::vector<double> values;  ///< In C order.
  Shape shape;                 ///< Of rank 0 for a number.
  DType dtype = DType::kFloat32;
  bool is_number = false;  ///< A Python number, whose type is weak.

  Operand operand(const std::string& path) const;
};

/// Nothing for JSON that is none of these. Throws kMalformed for lists that are no array, or that
/// hold anything but numbers.
std::optional<NumberArray> parse_numbers(const Json& json);

}  // namespace weir::layers
