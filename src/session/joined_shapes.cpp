#include "session/joined_shapes.h"

#include <algorithm>

#include "base/fail.h"

namespace weir::session {
namespace {

void append(Shape& shape, const Shape& batch, std::size_t batches, const TensorSpec& output) {
  const bool fits = !shape.empty() && shape.rank() == batch.rank() &&
                    std::equal(shape.begin() + 1, shape.end(), batch.begin() + 1);
  require(fits, ErrorCode::kInvalidArgument,
          "output '{}' of one batch has the shape {}, of the next {}: they do not go one after the "
          "other; a larger batch size takes all rows at once",
          output.name, to_string(shape), to_string(batch));
  shape[0] += batch[0] * static_cast<std::int64_t>(batches);
}

}  // namespace

void append_batches(std::vector<Shape>& shapes, std::span<const exec::Port> ports,
                    std::size_t batches, std::span<const TensorSpec> outputs) {
  if (batches == 0) return;
  const bool is_first = shapes.empty();
  const std::size_t more = is_first ? batches - 1 : batches;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (is_first) shapes.push_back(ports[i].shape);
    if (more > 0) append(shapes[i], ports[i].shape, more, outputs[i]);
  }
}

}  // namespace weir::session
