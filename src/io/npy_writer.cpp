#include "io/npy_writer.h"

#include <algorithm>

#include "base/checked.h"
#include "base/fail.h"
#include "io/npy_header.h"

namespace weir {
namespace {

bool fits(const Shape& rows, const Shape& spec) {
  return rows.rank() == spec.rank() && std::equal(rows.begin() + 1, rows.end(), spec.begin() + 1);
}

bool has_free_row_axis(const Shape& shape) {
  return std::find(shape.begin() + 1, shape.end(), Shape::kFree) != shape.end();
}

}  // namespace

NpyWriter::NpyWriter(OutputFile& file, const TensorSpec& spec) : file_(file), spec_(spec) {
  require(!spec.shape.empty(), ErrorCode::kInvalidArgument, "output '{}' has no rows", spec.name);
  if (spec.shape[0] != Shape::kFree) promised_rows_ = spec.shape[0];
  require(promised_rows_ || file.is_rewritable(), ErrorCode::kInternal,
          "the number of rows must be known to write an npy stream");
  if (!has_free_row_axis(spec_.shape)) write_header(false);
}

void NpyWriter::write_header(bool again) {
  Shape shape = spec_.shape;
  shape[0] = again ? rows_ : promised_rows_.value_or(0);
  for (std::size_t axis = 1; axis < shape.rank(); ++axis) {
    // An axis that no row has fixed holds nothing.
    if (shape[axis] == Shape::kFree) shape[axis] = 0;
  }
  const std::string header = format_npy_header(spec_.dtype, shape);
  const auto bytes = std::as_bytes(std::span(header));
  if (again) {
    file_.write_at(0, bytes);
    return;
  }
  file_.write(bytes);
  has_header_ = true;
  if (promised_rows_) {
    const auto elements = static_cast<std::uint64_t>(shape.elements());
    file_.reserve(bytes.size() + checked_mul<std::uint64_t>(elements, size_of(spec_.dtype)));
  }
}

void NpyWriter::write(const TensorView& rows) {
  if (!has_header_ && rows.shape.rank() == spec_.shape.rank()) {
    const std::int64_t first_axis = spec_.shape[0];
    spec_.shape = rows.shape;
    spec_.shape[0] = first_axis;
    write_header(false);
  }
  // Not `require`, which would build the texts for every batch.
  if (!fits(rows.shape, spec_.shape) || rows.dtype != spec_.dtype) {
    fail(ErrorCode::kInvalidArgument, "output '{}': rows of {} {} do not go into an array of {} {}",
         spec_.name, to_string(rows.dtype), to_string(rows.shape), to_string(spec_.dtype),
         to_string(spec_.shape));
  }
  file_.write({static_cast<const std::byte*>(rows.data), rows.bytes()});
  rows_ += rows.shape[0];
}

void NpyWriter::finish() {
  if (!has_header_) write_header(false);
  if (rows_ == promised_rows_) return;
  require(file_.is_rewritable(), ErrorCode::kInternal, "output '{}': {} rows instead of {}",
          spec_.name, rows_, promised_rows_.value_or(0));
  write_header(true);
}

}  // namespace weir
