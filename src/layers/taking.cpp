#include "layers/taking.h"

#include <algorithm>

#include "base/fail.h"
#include "layers/operand.h"
#include "layers/shaping.h"
#include "ops/take_along.h"

namespace weir::layers {
namespace {

std::int64_t elements(std::span<const std::int64_t> sizes) { return Shape(sizes).elements(); }

}  // namespace

ValueId add_take(LayerCall& call, ValueId x, ValueId positions, std::size_t axis,
                 std::size_t batch_axes) {
  const Shape from = call.shape(x);
  const Shape at = call.shape(positions);
  require(axis < from.rank() && batch_axes <= axis && batch_axes <= at.rank(),
          ErrorCode::kInvalidArgument, "axis {} of the shape {} with {} axes of cases", axis,
          to_string(from), batch_axes);
  for (std::size_t i = 0; i < batch_axes; ++i) {
    require(from[i] == at[i], ErrorCode::kInvalidArgument,
            "positions of the shape {} do not fit a tensor of the shape {}", to_string(at),
            to_string(from));
  }
  // (samples, cases, before, size, after): samples stay the first axis where that is not taken
  // from.
  const std::int64_t samples = axis == 0 ? 1 : from[0];
  const std::size_t first = axis == 0 ? 0 : 1;
  const std::int64_t cases =
      batch_axes == 0 ? 1 : elements(from.dims().subspan(first, batch_axes - first));
  const std::int64_t before = elements(
      from.dims().subspan(std::max(first, batch_axes), axis - std::max(first, batch_axes)));
  const std::int64_t after = elements(from.dims().subspan(axis + 1));
  const std::int64_t count = elements(at.dims().subspan(batch_axes));
  const DType dtype = call.type(x).dtype;
  const ValueId numbers =
      add_reshape(call, dtype == DType::kBool ? add_cast(call, DType::kInt32, x) : x,
                  {samples, cases, before, from[axis], after});
  const ValueId places =
      add_broadcast(call,
                    add_reshape(call, add_cast(call, DType::kInt32, positions),
                                {batch_axes == 0 ? 1 : samples, cases, 1, 1, count}),
                    {samples, cases, before, after, count});
  const ValueId taken =
      call.add(ops::make_take_along(), {add_transpose(call, numbers, {0, 1, 2, 4, 3}), places});
  Shape target(from.dims().first(axis));
  for (const std::int64_t size : at.dims().subspan(batch_axes)) target.push_back(size);
  for (const std::int64_t size : from.dims().subspan(axis + 1)) target.push_back(size);
  return add_cast(call, dtype,
                  add_reshape(call, add_transpose(call, taken, {0, 1, 2, 4, 3}), target));
}

}  // namespace weir::layers
