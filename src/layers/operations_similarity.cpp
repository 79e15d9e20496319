#include <algorithm>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/filters.h"
#include "layers/image_batch.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"

/// How alike images are, in keras.ops.image.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

ValueId multiply(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

/// The mean of what is around each pixel, as near as `curve` reaches.
ValueId blurred(LayerCall& call, ValueId x, const std::vector<double>& curve) {
  const auto size = static_cast<std::int64_t>(curve.size());
  const ValueId columns = add_filters(call, x, curve, {size, 1}, ops::PaddingMode::kValid);
  return add_filters(call, columns, curve, {1, size}, ops::PaddingMode::kValid);
}

/// 2 product + constant, over sum + constant.
struct Ratio {
  ValueId product;
  ValueId sum;
  double constant;
};

ValueId quotient(LayerCall& call, const Ratio& means, const Ratio& deviations) {
  const auto above = [&](const Ratio& of) { return add_affine(call, 2, of.constant, of.product); };
  const auto below = [&](const Ratio& of) { return add_affine(call, 1, of.constant, of.sum); };
  return add_division(call, multiply(call, above(means), above(deviations)),
                      multiply(call, below(means), below(deviations)));
}

/// Of each pixel's surroundings in two images: by their means, their variances and what they vary
/// together.
ValueId similarity_map(LayerCall& call, ValueId a, ValueId b, const std::vector<double>& curve) {
  const Config config = call.config();
  const double range = config.number("max_val", 1.0);
  const auto constant_of = [&](const char* name, double fallback) {
    const double part = config.number(name, fallback) * range;
    return part * part;
  };
  const auto sum = [&](ValueId x, ValueId y) { return add_binary(call, BinaryKind::kAdd, x, y); };
  const ValueId mean_a = blurred(call, a, curve);
  const ValueId mean_b = blurred(call, b, curve);
  const auto beyond = [&](ValueId x, ValueId y, ValueId means) {
    return add_binary(call, BinaryKind::kSubtract, blurred(call, multiply(call, x, y), curve),
                      means);
  };
  const ValueId square_a = multiply(call, mean_a, mean_a);
  const ValueId square_b = multiply(call, mean_b, mean_b);
  const ValueId product = multiply(call, mean_a, mean_b);
  const ValueId variances = sum(beyond(a, a, square_a), beyond(b, b, square_b));
  return quotient(call, {product, sum(square_a, square_b), constant_of("k1", 0.01)},
                  {beyond(a, b, product), variances, constant_of("k2", 0.03)});
}

/// Their structural similarity, a number for each pair of images in the first one's type.
std::vector<ValueId> structural_similarity(LayerCall& call) {
  const ValueId first = as_value(call, operand_of(call, 0, {"image1", "img1"}));
  const ValueId second = as_value(call, operand_of(call, 1, {"image2", "img2"}));
  const ImageBatch a = to_image_batch(call, as_float(call, first));
  const ImageBatch b = to_image_batch(call, as_float(call, second));
  const Shape shape = call.shape(a.images);
  require(shape == call.shape(b.images), ErrorCode::kInvalidArgument,
          "images of the shapes {} and {}", to_string(shape), to_string(call.shape(b.images)));
  const std::int64_t size = call.config().sizes("filter_size", 1, 11).front();
  require(size <= std::min(shape[1], shape[2]), ErrorCode::kInvalidArgument,
          "a filter of {} pixels for the images {}", size, to_string(shape));
  const std::vector<double> curve = bell_curve(size, call.config().number("filter_sigma", 1.5));
  const ValueId map = similarity_map(call, a.images, b.images, curve);
  const ValueId mean =
      call.add(ops::make_reduce(kernels::ReduceKind::kMean, {1, 2, 3}, false), {map});
  return {add_cast(call, call.type(first).dtype, a.is_one ? add_reshape(call, mean, {}) : mean)};
}

}  // namespace

void register_operations_similarity(Registry& registry) {
  registry.add_operation("SSIM", structural_similarity);
}

}  // namespace weir::layers
