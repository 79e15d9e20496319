#include "ops/pad.h"

#include <algorithm>

#include "base/checked.h"
#include "ops/gather.h"

namespace weir::ops {
namespace {

/// The input position that a position of `mode`, counted from the input's first one, shows.
std::int64_t padded_source(PadMode mode, std::int64_t size, std::int64_t position) {
  if (position >= 0 && position < size) return position;
  const bool before = position < 0;
  switch (mode) {
    case PadMode::kReflect:
      return before ? -position : 2 * (size - 1) - position;
    case PadMode::kSymmetric:
      return before ? -position - 1 : 2 * size - 1 - position;
    case PadMode::kEdge:
      return before ? 0 : size - 1;
    case PadMode::kConstant:
      break;
  }
  return AxisMove::kFill;
}

/// How far the padding may reach on either side of an axis of `size`.
std::int64_t reach(PadMode mode, std::int64_t size) {
  if (mode == PadMode::kReflect) return size - 1;
  if (mode == PadMode::kSymmetric) return size;
  return mode == PadMode::kEdge && size == 0 ? 0 : INT64_MAX;
}

AxisMove pad_move(std::size_t axis, const AxisPadding& padding, PadMode mode) {
  return {axis,
          [padding, mode](std::int64_t in) {
            require(std::max(padding.before, padding.after) <= reach(mode, in),
                    ErrorCode::kInvalidArgument, "padding of ({}, {}) reaches beyond an axis of {}",
                    padding.before, padding.after, in);
            return checked_add(in, checked_add(padding.before, padding.after));
          },
          [padding, mode](std::int64_t in, std::int64_t i) {
            return padded_source(mode, in, i - padding.before);
          }};
}

}  // namespace

graph::OperationPtr make_pad(const std::vector<AxisPadding>& padding, PadMode mode, double value) {
  GatherAttributes attributes{.kind = "pad", .fill_value = value};
  graph::ZeroPadding zeros;
  for (std::size_t axis = 0; axis < padding.size(); ++axis) {
    const AxisPadding& amounts = padding[axis];
    require(amounts.before >= 0 && amounts.after >= 0, ErrorCode::kInvalidArgument,
            "padding of ({}, {}) positions is negative", amounts.before, amounts.after);
    zeros.before.push_back(amounts.before);
    zeros.after.push_back(amounts.after);
    if (amounts.before != 0 || amounts.after != 0) {
      attributes.moves.push_back(pad_move(axis, amounts, mode));
    }
  }
  if (mode == PadMode::kConstant && value == 0.0) attributes.zero_padding = zeros;
  return make_gather(std::move(attributes));
}

}  // namespace weir::ops
