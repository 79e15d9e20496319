#pragma once

#include <optional>

#include "graph/operation.h"
#include "kernels/normalize.h"

namespace weir::ops {

/// What a normalisation does to a float32 tensor; gamma and beta have one element for each place of
/// the normalised axes (for groups: of the last axis).
struct NormalizeAttributes {
  kernels::NormalizeKind kind = kernels::NormalizeKind::kStandard;
  double epsilon = 0.0;
  std::optional<graph::Constant> gamma;
  std::optional<graph::Constant> beta;
};

/// Over the last `axes` axes.
graph::OperationPtr make_normalize(std::size_t axes, NormalizeAttributes attributes);

/// Over all axes but the first, for each of `groups` equal parts of the last axis.
graph::OperationPtr make_group_normalize(std::size_t groups, NormalizeAttributes attributes);

}  // namespace weir::ops
