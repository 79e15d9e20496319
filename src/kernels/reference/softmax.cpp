#include "kernels/reference/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::kernels::reference {

void softmax(const ChannelShape& shape, bool logarithm, const float* in, float* out) {
  for (std::size_t i = 0; i < shape.outer * shape.inner; ++i) {
    const std::size_t start = i / shape.inner * shape.channels * shape.inner + i % shape.inner;
    const auto at = [&](std::size_t c) { return start + c * shape.inner; };
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < shape.channels; ++c) {
      largest = std::max(largest, static_cast<double>(in[at(c)]));
    }
    double sum = 0.0;
    for (std::size_t c = 0; c < shape.channels; ++c) sum += std::exp(in[at(c)] - largest);
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const double log_probability = in[at(c)] - largest - std::log(sum);
      out[at(c)] = static_cast<float>(logarithm ? log_probability : std::exp(log_probability));
    }
  }
}

}  // namespace weir::kernels::reference
