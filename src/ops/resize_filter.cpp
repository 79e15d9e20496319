#include "ops/resize_filter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "base/fail.h"

namespace weir::ops {
namespace {

using kernels::ResampleAxis;

/// Below this a sum of weights is not divided by: tf.image.resize's own bound.
constexpr float kLeastWeightSum = 1000.0F * std::numeric_limits<float>::min();
/// And scale_and_translate's.
constexpr float kLeastScaledSum = 1000.0F * std::numeric_limits<float>::epsilon();

/// Collects the taps of one axis, position after position.
class FilterBuilder {
 public:
  explicit FilterBuilder(std::size_t in) { axis_.in_size = in; }

  std::int64_t last() const { return static_cast<std::int64_t>(axis_.in_size) - 1; }

  /// One more position of the output: the weights of the inputs [first, first + count), of which
  /// those outside the image are left out.
  template <typename Weight>
  void add(std::int64_t first, std::int64_t count, const Weight& weight) {
    const std::int64_t begin = std::clamp<std::int64_t>(first, 0, last());
    const std::int64_t end = std::clamp<std::int64_t>(first + count - 1, 0, last()) + 1;
    axis_.taps.push_back({static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin),
                          axis_.weights.size()});
    for (std::int64_t i = begin; i < end; ++i) axis_.weights.push_back(weight(i));
  }

  /// Makes the weights of the newest position add up to 1. Where their sum is less than `least`,
  /// leaves them and returns false.
  bool normalize(float least = kLeastWeightSum) {
    float sum = 0.0F;
    for (const float weight : newest()) sum += weight;
    if (std::abs(sum) < least) return false;
    const float factor = 1.0F / sum;
    for (float& weight : newest()) weight *= factor;
    return true;
  }

  /// Makes the weights of the newest position zero.
  void drop() { std::ranges::fill(newest(), 0.0F); }

  ResampleAxis take() { return std::move(axis_); }

 private:
  std::span<float> newest() {
    return std::span(axis_.weights).subspan(axis_.taps.back().first_weight);
  }

  ResampleAxis axis_;
};

/// Where the centre of output position `i` lies, counted from the centre of the first input.
float half_pixel(std::size_t i, float scale) {
  return (static_cast<float>(i) + 0.5F) * scale - 0.5F;
}

float scale_of(std::size_t in, std::size_t out) {
  return static_cast<float>(in) / static_cast<float>(out);
}

/// Where output position `i` lies if the first and the last one lie on those of the input.
float between_corners(std::size_t i, std::size_t in, std::size_t out) {
  if (out < 2) return 0.0F;
  return static_cast<float>(i) * (static_cast<float>(in - 1) / static_cast<float>(out - 1));
}

/// `place_of(i)`: where output position i lies.
template <typename Place>
ResampleAxis bilinear(std::size_t in, std::size_t out, const Place& place_of) {
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float place = place_of(i);
    const float below = std::floor(place);
    const auto lower = static_cast<std::int64_t>(below);
    const float fraction = place - below;
    const bool between = lower >= 0 && lower < filter.last();
    filter.add(lower, 2, [&](std::int64_t at) {
      if (!between) return 1.0F;
      return at == lower ? 1.0F - fraction : fraction;
    });
  }
  return filter.take();
}

/// Keys's cubic at a distance x from the sample.
float keys_cubic(float x) {
  if (x >= 2.0F) return 0.0F;
  if (x >= 1.0F) return ((-0.5F * x + 2.5F) * x - 4.0F) * x + 2.0F;
  return ((1.5F * x - 2.5F) * x) * x + 1.0F;
}

ResampleAxis bicubic(std::size_t in, std::size_t out) {
  constexpr float kSteps = 1024.0F;  // TensorFlow looks the cubic up in a table this fine.
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float place = half_pixel(i, scale_of(in, out));
    const float below = std::floor(place);
    const float fraction = std::nearbyint((place - below) * kSteps) / kSteps;
    const auto lower = static_cast<std::int64_t>(below);
    filter.add(lower - 1, 4, [&](std::int64_t at) {
      return keys_cubic(std::abs(static_cast<float>(at - lower) - fraction));
    });
    filter.normalize();
  }
  return filter.take();
}

float triangle(float x) { return std::max(0.0F, 1.0F - x); }

template <int kRadius>
float lanczos(float x) {
  constexpr float kPi = std::numbers::pi_v<float>;
  if (x > kRadius) return 0.0F;
  if (x <= 1e-3F) return 1.0F;
  return kRadius * std::sin(kPi * x) * std::sin(kPi * x / kRadius) / (kPi * kPi * x * x);
}

float gaussian(float x) {
  constexpr float kSigma = 0.5F;
  return x >= 1.5F ? 0.0F : std::exp(-x * x / (2.0F * kSigma * kSigma));
}

float mitchell_cubic(float x) {
  if (x >= 2.0F) return 0.0F;
  if (x >= 1.0F) return ((-7.0F / 18.0F * x + 2.0F) * x - 10.0F / 3.0F) * x + 16.0F / 9.0F;
  return (7.0F / 6.0F * x - 2.0F) * x * x + 8.0F / 9.0F;
}

/// A kernel that reaches `radius` inputs to either side, or further where it smooths.
struct SampledKernel {
  float radius;
  float (*weight)(float distance);
};

SampledKernel kernel_of(ResizeMethod method) {
  switch (method) {
    case ResizeMethod::kBilinear:
      return {1.0F, triangle};
    case ResizeMethod::kBicubic:
      return {2.0F, keys_cubic};
    case ResizeMethod::kLanczos3:
      return {3.0F, lanczos<3>};
    case ResizeMethod::kLanczos5:
      return {5.0F, lanczos<5>};
    case ResizeMethod::kGaussian:
      return {1.5F, gaussian};
    case ResizeMethod::kMitchellCubic:
      return {2.0F, mitchell_cubic};
    case ResizeMethod::kArea:
    case ResizeMethod::kBilinearCorners:
    case ResizeMethod::kNearest:
      break;
  }
  fail(ErrorCode::kInternal, "a method that samples no kernel");
}

ResampleAxis sampled(std::size_t in, std::size_t out, bool antialias, const SampledKernel& kernel) {
  const float scale = 1.0F / scale_of(out, in);
  const float widening = antialias ? std::max(scale, 1.0F) : 1.0F;
  const float narrowing = 1.0F / widening;
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float place = (static_cast<float>(i) + 0.5F) * scale;
    const auto begin =
        static_cast<std::int64_t>(std::ceil(place - kernel.radius * widening - 0.5F));
    const auto end =
        static_cast<std::int64_t>(std::floor(place + kernel.radius * widening - 0.5F)) + 1;
    filter.add(begin, end - begin, [&](std::int64_t at) {
      return kernel.weight(std::abs((static_cast<float>(at) + 0.5F - place) * narrowing));
    });
    filter.normalize();
  }
  return filter.take();
}

/// Each input weighs as much as the output position covers of it.
ResampleAxis area(std::size_t in, std::size_t out) {
  const float scale = scale_of(in, out);
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float begin = static_cast<float>(i) * scale;
    const float end = static_cast<float>(i + 1) * scale;
    const auto first = static_cast<std::int64_t>(std::floor(begin));
    const auto past = static_cast<std::int64_t>(std::ceil(end));
    filter.add(first, past - first, [&](std::int64_t at) {
      const auto left = static_cast<float>(at);
      return (std::min(left + 1.0F, end) - std::max(left, begin)) / scale;
    });
  }
  return filter.take();
}

}  // namespace

ResampleAxis scaling_filter(ResizeMethod method, std::size_t in, std::size_t out,
                            const AxisScaling& scaling) {
  const SampledKernel kernel = kernel_of(method);
  const float inverse = 1.0F / scaling.scale;
  const float widening = scaling.antialias ? std::max(inverse, 1.0F) : 1.0F;
  const float reach = kernel.radius * widening;
  FilterBuilder filter(in);
  const auto last = static_cast<float>(filter.last());
  for (std::size_t i = 0; i < out; ++i) {
    const float place =
        (static_cast<float>(i) + 0.5F) * inverse - scaling.translation * inverse - 0.5F;
    if (!(place >= -0.5F && place <= last + 0.5F)) {
      filter.add(0, 1, [](std::int64_t) { return 0.0F; });
      continue;
    }
    const auto first = static_cast<std::int64_t>(std::ceil(std::max(place - reach, 0.0F)));
    const auto end = static_cast<std::int64_t>(std::floor(std::min(place + reach, last))) + 1;
    filter.add(first, end - first, [&](std::int64_t at) {
      return kernel.weight(std::abs(place - static_cast<float>(at)) / widening);
    });
    if (!filter.normalize(kLeastScaledSum)) filter.drop();
  }
  return filter.take();
}

ResampleAxis resize_filter(ResizeMethod method, std::size_t in, std::size_t out, bool antialias) {
  if (method == ResizeMethod::kArea) return area(in, out);
  if (method == ResizeMethod::kBilinearCorners) {
    return bilinear(in, out, [&](std::size_t i) { return between_corners(i, in, out); });
  }
  if (method == ResizeMethod::kBilinear && !antialias) {
    return bilinear(in, out, [&](std::size_t i) { return half_pixel(i, scale_of(in, out)); });
  }
  if (method == ResizeMethod::kBicubic && !antialias) return bicubic(in, out);
  return sampled(in, out, antialias, kernel_of(method));
}

}  // namespace weir::ops
