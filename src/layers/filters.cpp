#include "layers/filters.h"

#include <cmath>

#include "base/fail.h"
#include "layers/operand.h"

namespace weir::layers {

ValueId add_depthwise(LayerCall& call, ValueId x, const ops::SlidingWindow& window,
                      graph::Constant kernel) {
  require(call.shape(x).back() == kernel.shape[kernel.shape.rank() - 2],
          ErrorCode::kInvalidArgument, "{} channels do not fit the kernel {}", call.shape(x).back(),
          to_string(kernel.shape));
  const ops::DepthwiseAttributes attributes{
      window, static_cast<std::size_t>(kernel.shape[kernel.shape.rank() - 2]),
      static_cast<std::size_t>(kernel.shape.back())};
  ops::ProductTerms terms;
  terms.kernel = std::move(kernel);
  return call.add(ops::make_depthwise(attributes, std::move(terms)), {x});
}

ValueId add_filters(LayerCall& call, ValueId x, const std::vector<double>& kernels,
                    std::array<std::int64_t, 2> size, ops::PaddingMode padding) {
  const std::int64_t channels = call.shape(x).back();
  const auto count = static_cast<std::int64_t>(kernels.size()) / (size[0] * size[1]);
  std::vector<double> values;
  for (std::int64_t place = 0; place < size[0] * size[1]; ++place) {
    const auto first = kernels.begin() + place * count;
    for (std::int64_t c = 0; c < channels; ++c) values.insert(values.end(), first, first + count);
  }
  ops::SlidingWindow window;
  window.kernel = ops::to_extent(size);
  window.padding = padding;
  const Operand kernel =
      Operand::array(call.path(), values, {size[0], size[1], channels, count}, DType::kFloat32);
  return add_depthwise(call, x, window, kernel.constant(call.path()));
}

std::vector<double> bell_curve(std::int64_t size, double deviation) {
  std::vector<double> values;
  double sum = 0.0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double x = static_cast<double>(i) - static_cast<double>(size - 1) / 2;
    values.push_back(std::exp(-0.5 * (x / deviation) * (x / deviation)));
    sum += values.back();
  }
  for (double& value : values) value /= sum;
  return values;
}

}  // namespace weir::layers
