#include <algorithm>
#include <array>
#include <numeric>

#include "base/checked.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/normalize.h"

namespace weir::layers {
namespace {

/// One input and the axis along which it is summed.
struct Factor {
  ValueId value;
  std::size_t axis;
};

std::array<Factor, 2> read_factors(LayerCall& call) {
  require(call.inputs().size() == 2, ErrorCode::kInvalidArgument,
          "is called on {} tensors, not on 2", call.inputs().size());
  std::vector<std::int64_t> axes = call.config().integers("axes");
  if (axes.size() == 1) axes.push_back(axes.front());
  require(axes.size() == 2, ErrorCode::kMalformed, "config key 'axes' has {} values, not 2",
          axes.size());
  std::array<Factor, 2> factors{};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto rank = static_cast<std::int64_t>(call.shape(call.inputs()[i]).rank());
    const std::int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    require(rank >= 2 && axis > 0 && axis < rank, ErrorCode::kInvalidArgument,
            "there is no axis {} to sum along in the shape {}", axes[i],
            to_string(call.shape(call.inputs()[i])));
    factors[i] = {as_float(call, call.inputs()[i]), static_cast<std::size_t>(axis)};
  }
  return factors;
}

/// The factor with its axis moved behind all others, as (batch, others, axis).
ValueId as_rows(LayerCall& call, const Factor& factor) {
  const Shape shape = call.shape(factor.value);
  std::vector<std::size_t> order(shape.rank());
  std::iota(order.begin(), order.end(), 0);
  const auto moved = order.begin() + static_cast<std::ptrdiff_t>(factor.axis);
  std::rotate(moved, moved + 1, order.end());
  const ValueId last = add_transpose(call, factor.value, std::move(order));

  std::int64_t rows = 1;
  for (std::size_t axis = 1; axis + 1 < shape.rank(); ++axis) {
    rows = checked_mul(rows, call.shape(last)[axis]);
  }
  const Shape matrices{shape[0], rows, shape[factor.axis]};
  return add_reshape(call, last, matrices);
}

/// The axes of both factors but those of the sum, after one batch axis.
Shape product_shape(const LayerCall& call, const std::array<Factor, 2>& factors) {
  Shape shape{call.shape(factors[0].value)[0]};
  for (const Factor& factor : factors) {
    const Shape& sizes = call.shape(factor.value);
    for (std::size_t axis = 1; axis < sizes.rank(); ++axis) {
      if (axis != factor.axis) shape.push_back(sizes[axis]);
    }
  }
  if (shape.rank() == 1) shape.push_back(1);
  return shape;
}

std::vector<ValueId> dot(LayerCall& call) {
  const std::array<Factor, 2> factors = read_factors(call);
  ops::NormalizeAttributes unit;
  unit.kind = kernels::NormalizeKind::kUnit;
  unit.epsilon = 1e-7;  // Of keras.config.epsilon(), which a file does not keep.
  std::array<ValueId, 2> rows{};
  for (std::size_t i = 0; i < 2; ++i) {
    rows[i] = as_rows(call, factors[i]);
    if (call.config().boolean("normalize", false)) {
      rows[i] = call.add(ops::make_normalize(1, unit), {rows[i]});
    }
  }
  const ValueId columns = add_transpose(call, rows[1], {0, 2, 1});
  const ValueId product = call.add(ops::make_batch_matmul(), {rows[0], columns});
  return {add_reshape(call, product, product_shape(call, factors))};
}

}  // namespace

void register_dot(Registry& registry) { registry.add_layer("Dot", dot); }

}  // namespace weir::layers
