#include "kernels/reference/affine.h"

#include "kernels/reference/unary.h"

namespace weir::kernels::reference {

void channel_affine(const ChannelShape& shape, const float* in, const float* scale,
                    const float* shift, float* out, const Unary& activation) {
  for (std::size_t i = 0; i < shape.outer * shape.channels * shape.inner; ++i) {
    const std::size_t c = i / shape.inner % shape.channels;
    const double y = static_cast<double>(in[i]) * scale[c] + shift[c];
    out[i] = apply_unary(static_cast<float>(y), activation);
  }
}

void gated_linear(const ChannelShape& shape, const float* in, float* out) {
  const std::size_t half = shape.channels * shape.inner;
  for (std::size_t i = 0; i < shape.outer * half; ++i) {
    const std::size_t from = i / half * 2 * half + i % half;
    out[i] = in[from] * apply_unary(in[from + half], {UnaryKind::kSigmoid});
  }
}

}  // namespace weir::kernels::reference
