#include "io/fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "base/fail.h"
#include "base/shape_fit.h"

namespace weir {
namespace {

bool is_channels_first(const Shape& data, const Shape& wanted) {
  if (data.rank() != wanted.rank() || data.rank() < 3) return false;
  Shape moved{data[0]};
  for (std::size_t axis = 2; axis < data.rank(); ++axis) moved.push_back(data[axis]);
  moved.push_back(data[1]);
  return rows_fit(moved, wanted);
}

bool has_as_many_elements(const Shape& data, const Shape& wanted) {
  const Shape row(wanted.dims().subspan(1));
  return row.is_static() && Shape(data.dims().subspan(1)).elements() == row.elements();
}

std::string advice(const Shape& data, const Shape& wanted) {
  if (!wanted.empty() && fits(data.dims(), wanted.dims().subspan(1))) {
    return ": the axis of rows is missing; for a single row save array[None]";
  }
  if (is_channels_first(data, wanted)) {
    return ": its channels are the first axis of a row; save numpy.moveaxis(array, 1, -1)";
  }
  if (!wanted.empty() && has_as_many_elements(data, wanted)) {
    return fmt::format(": its rows have as many elements; save array.reshape((-1, {}))",
                       fmt::join(wanted.dims().subspan(1), ", "));
  }
  return "";
}

}  // namespace

Shape fit_to_input(const Shape& data, const TensorSpec& input) {
  if (rows_fit(data, input.shape)) return data;
  if (data.rank() + 1 == input.shape.rank() && input.shape.back() == 1) {
    Shape longer = data;
    longer.push_back(1);
    if (rows_fit(longer, input.shape)) return longer;
  }
  if (data.rank() == input.shape.rank() + 1 && data.back() == 1) {
    const Shape shorter(data.dims().first(data.rank() - 1));
    if (rows_fit(shorter, input.shape)) return shorter;
  }
  fail(ErrorCode::kInvalidArgument, "input '{}' wants {}, the file has {}{}", input.name,
       to_string(input.shape), to_string(data), advice(data, input.shape));
}

}  // namespace weir
