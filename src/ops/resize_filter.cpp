#include "ops/resize_filter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/fail.h"

namespace weir::ops {
namespace {

using kernels::ResampleAxis;

/// Below this a sum of weights is not divided by: tf.image.resize's own bound.
constexpr float kLeastWeightSum = 1000.0F * std::numeric_limits<float>::min();

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

  /// Makes the weights of the newest position add up to 1.
  void normalize() {
    const auto begin =
        axis_.weights.begin() + static_cast<std::ptrdiff_t>(axis_.taps.back().first_weight);
    float sum = 0.0F;
    std::for_each(begin, axis_.weights.end(), [&sum](float weight) { sum += weight; });
    if (std::abs(sum) < kLeastWeightSum) return;
    const float factor = 1.0F / sum;
    std::for_each(begin, axis_.weights.end(), [factor](float& weight) { weight *= factor; });
  }

  ResampleAxis take() { return std::move(axis_); }

 private:
  ResampleAxis axis_;
};

/// Where the centre of output position `i` lies, counted from the centre of the first input.
float half_pixel(std::size_t i, float scale) {
  return (static_cast<float>(i) + 0.5F) * scale - 0.5F;
}

float scale_of(std::size_t in, std::size_t out) {
  return static_cast<float>(in) / static_cast<float>(out);
}

ResampleAxis bilinear(std::size_t in, std::size_t out) {
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float place = half_pixel(i, scale_of(in, out));
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
ResampleAxis sampled(std::size_t in, std::size_t out, bool antialias, float radius,
                     float (*kernel)(float)) {
  const float scale = 1.0F / scale_of(out, in);
  const float widening = antialias ? std::max(scale, 1.0F) : 1.0F;
  const float narrowing = 1.0F / widening;
  FilterBuilder filter(in);
  for (std::size_t i = 0; i < out; ++i) {
    const float place = (static_cast<float>(i) + 0.5F) * scale;
    const auto begin = static_cast<std::int64_t>(std::ceil(place - radius * widening - 0.5F));
    const auto end = static_cast<std::int64_t>(std::floor(place + radius * widening - 0.5F)) + 1;
    filter.add(begin, end - begin, [&](std::int64_t at) {
      return kernel(std::abs((static_cast<float>(at) + 0.5F - place) * narrowing));
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

ResampleAxis resize_filter(ResizeMethod method, std::size_t in, std::size_t out, bool antialias) {
  switch (method) {
    case ResizeMethod::kBilinear:
      return antialias ? sampled(in, out, true, 1.0F, triangle) : bilinear(in, out);
    case ResizeMethod::kBicubic:
      return antialias ? sampled(in, out, true, 2.0F, keys_cubic) : bicubic(in, out);
    case ResizeMethod::kLanczos3:
      return sampled(in, out, antialias, 3.0F, lanczos<3>);
    case ResizeMethod::kLanczos5:
      return sampled(in, out, antialias, 5.0F, lanczos<5>);
    case ResizeMethod::kGaussian:
      return sampled(in, out, antialias, 1.5F, gaussian);
    case ResizeMethod::kMitchellCubic:
      return sampled(in, out, antialias, 2.0F, mitchell_cubic);
    case ResizeMethod::kArea:
      return area(in, out);
    case ResizeMethod::kNearest:
      break;
  }
  fail(ErrorCode::kInternal, "nearest-neighbour resizing has no filter");
}

}  // namespace weir::ops
