#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/framed_window.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/convolution.h"
#include "ops/convolution_transpose.h"
#include "ops/matmul.h"
#include "ops/pad.h"

/// Operations of keras.ops on signals: Fourier transforms, as products with constant matrices, and
/// frames. A complex tensor is a pair of its real and its imaginary part.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

constexpr std::int64_t kLongest = 1 << 11;  // A matrix of a longer transform is too large.

/// cos or sin of 2 pi i k / n, the angle's multiple taken first.
double turn(double (*function)(double), std::int64_t i, std::int64_t k, std::int64_t n) {
  const double share = static_cast<double>(i * k % n) / static_cast<double>(n);
  return function(2 * std::numbers::pi * share);
}

double cosine(double angle) { return std::cos(angle); }
double sine(double angle) { return std::sin(angle); }

/// The last axis times the matrix of `element(row, column)`.
template <typename Element>
ValueId add_transform(LayerCall& call, ValueId x, std::int64_t columns, const Element& element) {
  const std::int64_t rows = call.shape(x).back();
  require(rows > 0 && rows <= kLongest && columns <= kLongest, ErrorCode::kUnsupported,
          "a transform of {} elements is not supported", rows);
  std::vector<double> values;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      values.push_back(element(row, column));
    }
  }
  const Operand matrix = Operand::array(call.path(), values, {rows, columns}, DType::kFloat32);
  ops::ProductTerms terms;
  terms.kernel = matrix.constant(call.path());
  return call.add(ops::make_matmul(static_cast<std::size_t>(rows),
                                   static_cast<std::size_t>(columns), std::move(terms)),
                  {x});
}

ValueId add(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kAdd, a, b);
}

ValueId subtract(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kSubtract, a, b);
}

/// The last axis cut off, or filled up with zeros, to `size`.
ValueId with_last_axis(LayerCall& call, ValueId x, std::int64_t size) {
  const Shape& shape = call.shape(x);
  const std::size_t last = shape.rank() - 1;
  if (shape.back() > size) return add_part(call, x, {last, 0, 1, size});
  if (shape.back() == size) return x;
  std::vector<ops::AxisPadding> margin(shape.rank());
  margin[last].after = size - shape.back();
  return call.add(ops::make_pad(margin), {x});
}

struct Complex {
  ValueId real;
  ValueId imaginary;
};

Complex complex_input(LayerCall& call) {
  require(call.inputs().size() == 2, ErrorCode::kInvalidArgument,
          "is called on {} tensors, not on a real and an imaginary part", call.inputs().size());
  return {as_float(call, call.inputs()[0]), as_float(call, call.inputs()[1])};
}

/// Along the last axis; `sign` is that of the exponent, and with 1 the result is divided by n.
Complex add_fourier(LayerCall& call, const Complex& x, int sign) {
  const std::int64_t n = call.shape(x.real).back();
  const double scale = sign > 0 ? 1 / static_cast<double>(n) : 1.0;
  const auto by_cosine = [&](ValueId part) {
    return add_transform(call, part, n, [&](std::int64_t i, std::int64_t k) {
      return scale * turn(cosine, i, k, n);
    });
  };
  const auto by_sine = [&](ValueId part) {
    return add_transform(call, part, n, [&](std::int64_t i, std::int64_t k) {
      return sign * scale * turn(sine, i, k, n);
    });
  };
  return {subtract(call, by_cosine(x.real), by_sine(x.imaginary)),
          add(call, by_cosine(x.imaginary), by_sine(x.real))};
}

Complex swapped(LayerCall& call, const Complex& x) {
  std::vector<std::size_t> permutation = all_axes(call.shape(x.real).rank());
  require(permutation.size() > 2, ErrorCode::kUnsupported, "a transform of the batch axis");
  std::swap(permutation.back(), permutation[permutation.size() - 2]);
  return {add_transpose(call, x.real, permutation), add_transpose(call, x.imaginary, permutation)};
}

std::vector<ValueId> fourier(LayerCall& call) {
  const Complex y = add_fourier(call, complex_input(call), -1);
  return {y.real, y.imaginary};
}

/// Along the last two axes.
template <int kSign>
std::vector<ValueId> fourier_of_images(LayerCall& call) {
  const Complex rows = add_fourier(call, complex_input(call), kSign);
  const Complex y = swapped(call, add_fourier(call, swapped(call, rows), kSign));
  return {y.real, y.imaginary};
}

/// Of real numbers; frequencies above the half are mirror images.
std::vector<ValueId> real_fourier(LayerCall& call) {
  ValueId x = as_float(call, first_input(call));
  const std::int64_t n = call.config().sizes("fft_length", 1, call.shape(x).back()).front();
  x = with_last_axis(call, x, n);
  const auto part = [&](double (*function)(double), double sign) {
    return add_transform(call, x, n / 2 + 1, [&](std::int64_t i, std::int64_t k) {
      return sign * turn(function, i, k, n);
    });
  };
  return {part(cosine, 1), part(sine, -1)};
}

std::vector<ValueId> inverse_real_fourier(LayerCall& call) {
  const Complex x = complex_input(call);
  const std::int64_t given = call.shape(x.real).back();
  const std::int64_t n = call.config().sizes("fft_length", 1, 2 * (given - 1)).front();
  const auto part = [&](ValueId values, double (*function)(double)) {
    return add_transform(call, with_last_axis(call, values, n / 2 + 1), n,
                         [&](std::int64_t k, std::int64_t i) {
                           const double images = k == 0 || 2 * k == n ? 1.0 : 2.0;
                           return images / static_cast<double>(n) * turn(function, i, k, n);
                         });
  };
  return {subtract(call, part(x.real, cosine), part(x.imaginary, sine))};
}

/// Frames of a number of elements, as a new axis before the last.
std::vector<ValueId> extract_sequences(LayerCall& call) {
  const Config config = call.config();
  const ValueId x = first_input(call);
  Shape shape = call.shape(x);
  const std::int64_t length = config.sizes("sequence_length", 1, 1).front();
  const std::int64_t step = config.sizes("sequence_stride", 1, 1).front();
  const std::int64_t count = shape.back() < length ? 0 : (shape.back() - length) / step + 1;
  std::vector<std::int64_t> places;
  for (std::int64_t frame = 0; frame < count; ++frame) {
    for (std::int64_t i = 0; i < length; ++i) places.push_back(frame * step + i);
  }
  const ValueId taken = call.add(ops::make_take(shape.rank() - 1, std::move(places)), {x});
  shape[shape.rank() - 1] = count;
  shape.push_back(length);
  return {add_reshape(call, taken, shape)};
}

/// One part of the transforms of all frames: a convolution with the window's waves.
ValueId add_frames(LayerCall& call, ValueId signals, const std::vector<float>& window,
                   std::int64_t step, double (*function)(double), double sign) {
  const auto n = static_cast<std::int64_t>(window.size());
  const std::int64_t frequencies = n / 2 + 1;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < frequencies; ++k) {
      values.push_back(sign * window[static_cast<std::size_t>(i)] * turn(function, i, k, n));
    }
  }
  ops::ConvolutionAttributes attributes;
  const std::array<std::int64_t, 2> kernel{1, n};
  const std::array<std::int64_t, 2> stride{1, step};
  attributes.window.kernel = ops::to_extent(kernel);
  attributes.window.stride = ops::to_extent(stride);
  attributes.out_channels = static_cast<std::size_t>(frequencies);
  ops::ProductTerms terms;
  terms.kernel = Operand::array(call.path(), values, {1, n, 1, frequencies}, DType::kFloat32)
                     .constant(call.path());
  return call.add(ops::make_convolution(attributes, std::move(terms)), {signals});
}

/// (…, samples) to (…, frames, frequencies).
std::vector<ValueId> short_time_fourier(LayerCall& call) {
  const Config config = call.config();
  ValueId x = as_float(call, first_input(call));
  const std::int64_t length = config.sizes("sequence_length", 1, 1).front();
  const std::int64_t step = config.sizes("sequence_stride", 1, 1).front();
  const std::int64_t frame = config.sizes("fft_length", 1, length).front();
  require(frame >= length && frame <= kLongest, ErrorCode::kUnsupported,
          "frames of {} elements for sequences of {}", frame, length);
  const std::size_t rank = call.shape(x).rank();
  require(rank >= 2, ErrorCode::kUnsupported, "a transform of the batch axis");
  if (config.boolean("center", true)) {
    std::vector<ops::AxisPadding> margin(rank);
    margin[rank - 1] = {frame / 2, frame / 2};
    x = call.add(ops::make_pad(margin, ops::PadMode::kReflect, 0), {x});
  }
  Shape shape = call.shape(x);
  const ValueId signals = add_reshape(call, x, {shape[0], Shape::kFree, shape.back(), 1});
  const std::vector<float> window = framed_window(config);
  std::vector<ValueId> parts{add_frames(call, signals, window, step, cosine, 1),
                             add_frames(call, signals, window, step, sine, -1)};
  for (ValueId& part : parts) {
    shape[rank - 1] = call.shape(part)[2];
    Shape target = shape;
    target.push_back(call.shape(part)[3]);
    part = add_reshape(call, part, target);
  }
  return parts;
}

/// The window by which frames that were cut out by another are summed to what they are of; 0 where
/// nothing of that is in any frame.
std::vector<float> summing_window(const Config& config, std::int64_t step) {
  std::vector<float> window = framed_window(config);
  if (!config.has("window")) return window;
  std::vector<double> powers(static_cast<std::size_t>(step), 0.0);
  for (std::size_t i = 0; i < window.size(); ++i) {
    powers[i % powers.size()] += window[i] * window[i];
  }
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double power = powers[i % powers.size()];
    window[i] = power == 0.0 ? 0.0F : static_cast<float>(window[i] / power);
  }
  return window;
}

/// The signals of (rows, 1, frames, parts) in a list each: a transposed convolution, which sums
/// what overlaps. The parts are the real ones of all frequencies and then the imaginary ones.
ValueId sum_frames(LayerCall& call, ValueId frames, const std::vector<float>& window,
                   std::int64_t step) {
  const auto n = static_cast<std::int64_t>(window.size());
  const std::int64_t frequencies = n / 2 + 1;
  std::vector<double> waves;
  for (std::int64_t i = 0; i < n; ++i) {
    const double scale = window[static_cast<std::size_t>(i)] / static_cast<double>(n);
    for (std::int64_t part = 0; part < 2 * frequencies; ++part) {
      const std::int64_t k = part % frequencies;
      const double images = k == 0 || 2 * k == n ? scale : 2 * scale;
      waves.push_back(part < frequencies ? images * turn(cosine, i, k, n)
                                         : -images * turn(sine, i, k, n));
    }
  }
  ops::ConvolutionTransposeAttributes attributes;
  const std::array<std::int64_t, 2> kernel{1, n};
  const std::array<std::int64_t, 2> stride{1, step};
  attributes.window.kernel = ops::to_extent(kernel);
  attributes.window.stride = ops::to_extent(stride);
  attributes.in_channels = static_cast<std::size_t>(2 * frequencies);
  ops::ProductTerms terms;
  terms.kernel = Operand::array(call.path(), waves, {1, n, 1, 2 * frequencies}, DType::kFloat32)
                     .constant(call.path());
  return call.add(ops::make_convolution_transpose(attributes, std::move(terms)), {frames});
}

/// (…, frames, frequencies) to (…, samples).
std::vector<ValueId> inverse_short_time_fourier(LayerCall& call) {
  const Config config = call.config();
  const Complex x = complex_input(call);
  Shape shape = call.shape(x.real);
  require(shape.rank() >= 3 && shape == call.shape(x.imaginary), ErrorCode::kUnsupported,
          "transforms of the shapes {} and {}", to_string(shape),
          to_string(call.shape(x.imaginary)));
  const std::int64_t step = config.sizes("sequence_stride", 1, 1).front();
  const std::vector<float> window = summing_window(config, step);
  const auto n = static_cast<std::int64_t>(window.size());
  require(n <= kLongest && step <= kLongest, ErrorCode::kUnsupported,
          "frames of {} elements, {} apart", n, step);
  const std::int64_t samples = checked_add(checked_mul(shape[shape.rank() - 2] - 1, step), n);
  const auto row = [&](ValueId part) {
    return add_reshape(call, with_last_axis(call, part, n / 2 + 1),
                       {shape[0], Shape::kFree, shape[shape.rank() - 2], n / 2 + 1});
  };
  const ValueId parts = call.add(ops::make_concat(3), {row(x.real), row(x.imaginary)});
  const ValueId sums = sum_frames(call, parts, window, step);
  Shape lists(shape.dims().first(shape.rank() - 2));
  lists.push_back(Shape::kFree);
  const std::int64_t margin = config.boolean("center", true) ? n / 2 : 0;
  const std::int64_t end = config.has("length")
                               ? checked_add(margin, config.sizes("length", 1, 1).front())
                               : samples - margin;
  const std::int64_t count = std::max<std::int64_t>(std::min(end, samples) - margin, 0);
  return {add_part(call, add_reshape(call, sums, lists), {lists.rank() - 1, margin, 1, count})};
}

/// A real tensor beside the imaginary part that it has not.
std::vector<ValueId> view_as_real(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  Shape column = call.shape(x);
  const std::size_t axis = column.rank();
  column.push_back(1);
  std::vector<ops::AxisPadding> margin(column.rank());
  margin[axis].after = 1;
  return {call.add(ops::make_pad(margin), {add_reshape(call, x, column)})};
}

std::vector<ValueId> refuse_complex(LayerCall& /*call*/) {
  fail(ErrorCode::kUnsupported,
       "complex tensors are not supported; go on with the real and the imaginary part as two "
       "tensors, as keras.ops.fft does");
}

}  // namespace

void register_operations_signal(Registry& registry) {
  registry.add_operation("FFT", fourier);
  registry.add_operation("FFT2", fourier_of_images<-1>);
  registry.add_operation("IFFT2", fourier_of_images<1>);
  registry.add_operation("RFFT", real_fourier);
  registry.add_operation("IRFFT", inverse_real_fourier);
  registry.add_operation("STFT", short_time_fourier);
  registry.add_operation("ISTFT", inverse_short_time_fourier);
  registry.add_operation("ViewAsComplex", refuse_complex);
  registry.add_operation("ViewAsReal", view_as_real);
  registry.add_operation("ExtractSequences", extract_sequences);
}

}  // namespace weir::layers
