#pragma once

#include <optional>

#include "graph/operation.h"
#include "kernels/binary.h"

namespace weir::ops {

/// An operand that is a weight or a number of the model; the others are inputs, in order.
using MaybeConstant = std::optional<graph::Constant>;

/// kind(a, b), broadcasting, of two float32 or two int32 operands. A constant is converted to the
/// other operand's type. Operands of different types are kInvalidArgument.
graph::OperationPtr make_binary(kernels::BinaryKind kind, MaybeConstant a = {},
                                MaybeConstant b = {});

/// kind(a, b) as bool, broadcasting, of two operands of one type.
graph::OperationPtr make_comparison(kernels::ComparisonKind kind, MaybeConstant a = {},
                                    MaybeConstant b = {});

/// condition ? a : b, broadcasting all three; `dtype` is that of a, b and the output, the condition
/// is bool.
graph::OperationPtr make_select(DType dtype, MaybeConstant condition = {}, MaybeConstant a = {},
                                MaybeConstant b = {});

}  // namespace weir::ops
