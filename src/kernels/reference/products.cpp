#include "kernels/reference/products.h"

#include "kernels/reference/unary.h"

namespace weir::kernels::reference {
namespace {

/// Runs over the positions of an extent.
template <typename Visit>
void for_positions(const Extent& extent, const Visit& visit) {
  for (std::size_t z = 0; z < extent[0]; ++z) {
    for (std::size_t y = 0; y < extent[1]; ++y) {
      for (std::size_t x = 0; x < extent[2]; ++x) visit(Extent{z, y, x});
    }
  }
}

std::size_t index_in(const Extent& extent, std::size_t batch, const Extent& at) {
  return ((batch * extent[0] + at[0]) * extent[1] + at[1]) * extent[2] + at[2];
}

/// Finds the input pixel that element `tap` of the window sees at output `out`; false if that is
/// outside the image.
bool seen_pixel(const Window& w, const Extent& in, const Extent& out, const Extent& tap,
                Extent& seen) {
  for (std::size_t i = 0; i < 3; ++i) {
    seen[i] = out[i] * w.stride[i] + tap[i] * w.dilation[i] - w.pad_before[i];
    if (seen[i] >= in[i]) return false;  // Below zero wraps around.
  }
  return true;
}

/// Finds the input pixel that reaches output `out` of a transposed convolution through `tap`.
bool source_pixel(const Window& w, const Extent& in, const Extent& out, const Extent& tap,
                  Extent& source) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t start = out[i] + w.pad_before[i];
    const std::size_t offset = tap[i] * w.dilation[i];
    if (start < offset || (start - offset) % w.stride[i] != 0) return false;
    source[i] = (start - offset) / w.stride[i];
    if (source[i] >= in[i]) return false;
  }
  return true;
}

float finish(double sum, std::size_t channel, std::size_t place, const float* scale,
             const Epilogue& e) {
  if (scale != nullptr) sum *= static_cast<double>(scale[channel]);
  if (e.bias != nullptr) sum += static_cast<double>(e.bias[channel]);
  if (e.residual != nullptr) sum += static_cast<double>(e.residual[place]);
  return apply_unary(static_cast<float>(sum), e.activation);
}

/// Stores the finished sum(batch, position, channel) of every output.
template <typename Sum>
void for_outputs(std::size_t batch, const Extent& out_extent, std::size_t channels, float* out,
                 std::size_t out_stride, const float* scale, const Epilogue& epilogue,
                 const Sum& sum) {
  for (std::size_t b = 0; b < batch; ++b) {
    for_positions(out_extent, [&](const Extent& at) {
      for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t place = index_in(out_extent, b, at) * out_stride + c;
        out[place] = finish(sum(b, at, c), c, place, scale, epilogue);
      }
    });
  }
}

}  // namespace

void matmul(const MatmulShape& shape, const float* a, std::size_t lda, const float* w,
            const float* scale, float* c, std::size_t ldc, const Epilogue& epilogue) {
  for_outputs(shape.rows, kOnes, shape.columns, c, ldc, scale, epilogue,
              [&](std::size_t row, const Extent&, std::size_t column) {
                double sum = 0.0;
                for (std::size_t k = 0; k < shape.inner; ++k) {
                  sum += static_cast<double>(a[row * lda + k]) *
                         static_cast<double>(w[k * shape.columns + column]);
                }
                return sum;
              });
}

void convolution(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                 const float* weights, const float* scale, float* out, std::size_t out_stride,
                 const Epilogue& epilogue) {
  const std::size_t inputs = shape.in_channels / shape.groups;
  const std::size_t outputs = shape.out_channels / shape.groups;
  const auto sum_at = [&](std::size_t batch, const Extent& at, std::size_t channel) {
    double sum = 0.0;
    for_positions(shape.window.kernel, [&](const Extent& tap) {
      Extent seen;
      if (!seen_pixel(shape.window, shape.in, at, tap, seen)) return;
      const float* pixel =
          in + index_in(shape.in, batch, seen) * in_stride + channel / outputs * inputs;
      const float* w =
          weights + index_in(shape.window.kernel, 0, tap) * inputs * shape.out_channels;
      for (std::size_t i = 0; i < inputs; ++i) {
        sum += static_cast<double>(pixel[i]) *
               static_cast<double>(w[i * shape.out_channels + channel]);
      }
    });
    return sum;
  };
  for_outputs(shape.batch, shape.out, shape.out_channels, out, out_stride, scale, epilogue, sum_at);
}

void depthwise(const DepthwiseShape& shape, const float* in, std::size_t in_stride,
               const float* weights, const float* scale, float* out, std::size_t out_stride,
               const Epilogue& epilogue) {
  const auto sum_at = [&](std::size_t batch, const Extent& at, std::size_t channel) {
    double sum = 0.0;
    for_positions(shape.window.kernel, [&](const Extent& tap) {
      Extent seen;
      if (!seen_pixel(shape.window, shape.in, at, tap, seen)) return;
      const float x = in[index_in(shape.in, batch, seen) * in_stride + channel / shape.multiplier];
      const float w =
          weights[index_in(shape.window.kernel, 0, tap) * shape.out_channels() + channel];
      sum += static_cast<double>(x) * static_cast<double>(w);
    });
    return sum;
  };
  for_outputs(shape.batch, shape.out, shape.out_channels(), out, out_stride, scale, epilogue,
              sum_at);
}

void convolution_transpose(const ConvolutionTransposeShape& shape, const float* in,
                           std::size_t in_stride, const float* weights, const float* scale,
                           float* out, std::size_t out_stride, const Epilogue& epilogue) {
  const auto sum_at = [&](std::size_t batch, const Extent& at, std::size_t channel) {
    double sum = 0.0;
    for_positions(shape.window.kernel, [&](const Extent& tap) {
      Extent source;
      if (!source_pixel(shape.window, shape.in, at, tap, source)) return;
      const float* pixel = in + index_in(shape.in, batch, source) * in_stride;
      const std::size_t row = index_in(shape.window.kernel, 0, tap) * shape.out_channels + channel;
      const float* w = weights + row * shape.in_channels;
      for (std::size_t i = 0; i < shape.in_channels; ++i) {
        sum += static_cast<double>(pixel[i]) * static_cast<double>(w[i]);
      }
    });
    return sum;
  };
  for_outputs(shape.batch, shape.out, shape.out_channels, out, out_stride, scale, epilogue, sum_at);
}

}  // namespace weir::kernels::reference
