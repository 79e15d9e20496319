#include "kernels/resample.h"

namespace weir::kernels::reference {
namespace {

double pixel(const ResampleShape& shape, const float* image, const ResampleAxis::Taps& rows,
             const ResampleAxis::Taps& columns, std::size_t channel) {
  double sum = 0.0;
  for (std::size_t i = 0; i < rows.count; ++i) {
    for (std::size_t j = 0; j < columns.count; ++j) {
      const std::size_t y = rows.first + i;
      const std::size_t x = columns.first + j;
      sum += double{shape.height.weights[rows.first_weight + i]} *
             double{shape.width.weights[columns.first_weight + j]} *
             image[(y * shape.width.in_size + x) * shape.channels + channel];
    }
  }
  return sum;
}

}  // namespace

void resample(const ResampleShape& shape, const float* in, float* out) {
  for (std::size_t n = 0; n < shape.batch; ++n) {
    for (const ResampleAxis::Taps& rows : shape.height.taps) {
      for (const ResampleAxis::Taps& columns : shape.width.taps) {
        for (std::size_t c = 0; c < shape.channels; ++c) {
          *out++ = static_cast<float>(pixel(shape, in, rows, columns, c));
        }
      }
    }
    in += shape.height.in_size * shape.width.in_size * shape.channels;
  }
}

}  // namespace weir::kernels::reference
