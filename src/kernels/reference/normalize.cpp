#include "kernels/reference/normalize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace weir::kernels::reference {
namespace {

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  double mean_square = 0.0;
};

Moments moments_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Moments moments;
  for (const double x : values) moments.mean += x / count;
  for (const double x : values) moments.mean_square += x * x / count;
  for (const double x : values) {
    moments.variance += (x - moments.mean) * (x - moments.mean) / count;
  }
  return moments;
}

double scale_of(NormalizeKind kind, const std::vector<double>& values, double epsilon) {
  const Moments moments = moments_of(values);
  switch (kind) {
    case NormalizeKind::kStandard:
    case NormalizeKind::kVariance:
      return 1.0 / std::sqrt(moments.variance + epsilon);
    case NormalizeKind::kRootMeanSquare:
      return 1.0 / std::sqrt(moments.mean_square + epsilon);
    case NormalizeKind::kUnit:
      break;
  }
  const double square_sum = moments.mean_square * static_cast<double>(values.size());
  return std::min(1.0 / std::sqrt(square_sum), 1.0 / epsilon);
}

}  // namespace

void normalize(NormalizeKind kind, const NormalizeShape& shape, double epsilon, const float* in,
               const float* gamma, const float* beta, float* out) {
  const std::size_t row = shape.groups * shape.channels;
  const auto index = [&](std::size_t sample, std::size_t group, std::size_t i) {
    return (sample * shape.pixels + i / shape.channels) * row + group * shape.channels +
           i % shape.channels;
  };
  for (std::size_t sample = 0; sample < shape.batch; ++sample) {
    for (std::size_t group = 0; group < shape.groups; ++group) {
      std::vector<double> values(shape.pixels * shape.channels);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = in[index(sample, group, i)];
      const double center = kind == NormalizeKind::kStandard ? moments_of(values).mean : 0.0;
      const double scale = scale_of(kind, values, epsilon);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t c = index(sample, group, i) % row;
        const double factor = gamma == nullptr ? scale : scale * gamma[c];
        const double term = beta == nullptr ? 0.0 : beta[c];
        out[index(sample, group, i)] = static_cast<float>((values[i] - center) * factor + term);
      }
    }
  }
}

}  // namespace weir::kernels::reference
