#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/einsum_equation.h"
#include "layers/lettered_axes.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/quantised.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/add_constant.h"
#include "ops/convolution.h"
#include "ops/matmul.h"

namespace weir::layers {
namespace {

/// An equation as a product: the input's axes in the order free, groups, inner; the output's in the
/// order free, groups, columns. Each group has a matrix (inner, columns) of its own.
struct EinsumProduct {
  EinsumEquation equation;
  LetterSizes sizes;
  std::string free;     ///< In the input and the output: the batch first.
  std::string groups;   ///< In input, kernel and output.
  std::string inner;    ///< In the input but not in the output: summed over.
  std::string columns;  ///< In the kernel and the output.

  std::int64_t size(std::string_view letters) const { return size_of(letters, sizes); }
  Shape shape(std::string_view letters) const { return shape_of(letters, sizes); }
  /// A weight whose axes are `axes` (those not in `kept` having size 1), read in the order
  /// `letters`; repeated along the letters that it lacks.
  ops::StridedView view(std::string_view axes, std::string_view kept,
                        std::string_view letters) const;
};

ops::StridedView EinsumProduct::view(std::string_view axes, std::string_view kept,
                                     std::string_view letters) const {
  std::map<char, std::size_t> strides;
  std::size_t stride = 1;
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    if (!has_letter(kept, axes[axis])) continue;
    strides[axes[axis]] = stride;
    stride *= static_cast<std::size_t>(sizes.at(axes[axis]));
  }
  ops::StridedView result;
  for (const char letter : letters) {
    result.sizes.push_back(static_cast<std::size_t>(sizes.at(letter)));
    result.strides.push_back(strides.contains(letter) ? strides[letter] : 0);
  }
  return result;
}

std::vector<std::optional<std::int64_t>> read_output_shape(const Config& config) {
  const Json shape = config.json().value("output_shape", Json::array());
  std::vector<std::optional<std::int64_t>> sizes;
  for (const Json& size : shape.is_array() ? shape : Json::array({shape})) {
    require(size.is_null() || (size.is_number_integer() && size.get<std::int64_t>() > 0),
            ErrorCode::kMalformed, "output_shape is {}", shape.dump().substr(0, 60));
    sizes.push_back(size.is_null() ? std::nullopt : std::optional(size.get<std::int64_t>()));
  }
  return sizes;
}

EinsumProduct read_product(const Config& config, const Shape& input) {
  EinsumProduct product;
  const EinsumEquation equation = parse_einsum(config.text("equation", ""), input.rank());
  product.sizes = einsum_sizes(equation, input, read_output_shape(config));
  product.free = select_letters(equation.output,
                                [&](char letter) { return !has_letter(equation.kernel, letter); });
  product.groups = select_letters(equation.output, [&](char letter) {
    return has_letter(equation.input, letter) && has_letter(equation.kernel, letter);
  });
  product.inner = select_letters(equation.input,
                                 [&](char letter) { return !has_letter(equation.output, letter); });
  product.columns = select_letters(
      equation.output, [&](char letter) { return !has_letter(equation.input, letter); });
  product.equation = equation;
  return product;
}

/// The output axes that the bias spans: from the first of `bias_axes` on.
std::string bias_span(const EinsumProduct& product, std::string_view bias_axes) {
  const std::string& output = product.equation.output;
  std::size_t first = output.size();
  for (const char letter : bias_axes) {
    const std::size_t at = output.find(letter);
    require(at != std::string::npos, ErrorCode::kMalformed, "the bias axis '{}' is not in '{}'",
            letter, output);
    first = std::min(first, at);
  }
  require(first > 0, ErrorCode::kUnsupported, "a bias along the batch axis is not supported");
  return output.substr(first);
}

graph::Constant read_bias(const LayerCall& call, const EinsumProduct& product,
                          std::string_view span, std::string_view bias_axes) {
  Shape shape;
  for (const char letter : span) {
    shape.push_back(has_letter(bias_axes, letter) ? product.sizes.at(letter) : 1);
  }
  return call.weight(1, shape);
}

/// (free…, groups, inner) to the same elements as (free…, groups, columns).
ValueId add_product(LayerCall& call, const EinsumProduct& product, ValueId input,
                    ops::ProductTerms terms) {
  const std::int64_t groups = product.size(product.groups);
  const std::int64_t inner = product.size(product.inner);
  const std::int64_t columns = product.size(product.columns);
  if (groups == 1) {
    Shape rows = product.shape(product.free);
    rows.push_back(inner);
    return call.add(ops::make_matmul(static_cast<std::size_t>(inner),
                                     static_cast<std::size_t>(columns), std::move(terms)),
                    {add_reshape(call, input, rows)});
  }
  const std::int64_t batch = product.sizes.at(product.free.front());
  const std::int64_t rows = product.size(std::string_view(product.free).substr(1));
  const Shape pixels{batch, rows, checked_mul(groups, inner)};
  ops::ConvolutionAttributes attributes;
  attributes.window.rank = 1;
  attributes.in_channels = static_cast<std::size_t>(pixels[2]);
  attributes.out_channels = static_cast<std::size_t>(checked_mul(groups, columns));
  attributes.groups = static_cast<std::size_t>(groups);
  return call.add(ops::make_convolution(attributes, std::move(terms)),
                  {add_reshape(call, input, pixels)});
}

QuantisedInput quantise(LayerCall& call, const EinsumProduct& product, ValueId input) {
  std::vector<std::size_t> axes;
  for (const char letter : product.inner) axes.push_back(product.equation.input.find(letter));
  return quantise_input(call, input, std::move(axes));
}

/// An output of whole numbers as what it stands for. The input's scale has the axes that the output
/// has, too; that of int8 weights those of the kernel among the output's.
ValueId descale(LayerCall& call, const EinsumProduct& product, const QuantisedInput& input,
                std::size_t weight, ValueId output) {
  const EinsumEquation& equation = product.equation;
  const auto sizes_along = [&](std::string_view letters) {
    Shape shape;
    for (const char letter : equation.output) {
      shape.push_back(has_letter(letters, letter) ? product.sizes.at(letter) : 1);
    }
    return shape;
  };
  if (is_int8(call)) output = add_scale_weight(call, output, weight, sizes_along(equation.kernel));
  if (!input.scale) return output;
  const auto stays = [&](char letter) { return has_letter(equation.output, letter); };
  const std::string letters = select_letters(equation.input, stays);
  const ValueId scale = add_reshape(call, *input.scale, product.shape(letters));
  const std::string ordered = select_letters(
      equation.output, [&](char letter) { return has_letter(equation.input, letter); });
  return add_division(call, output,
                      add_reshape(call, permute_letters(call, scale, letters, ordered),
                                  sizes_along(equation.input)));
}

/// Of int4 numbers Keras joins the axes to two before it packs them.
graph::Constant read_kernel(const LayerCall& call, const Shape& shape) {
  const auto& weights = call.record().weights.vars;
  const bool is_joined = !weights.empty() && weights[0].shape.rank() == 2 && shape.rank() > 2 &&
                         weights[0].shape.elements() == shape.elements();
  if (!is_joined) return call.weight(0, shape);
  graph::Constant kernel = call.weight(0, weights[0].shape);
  kernel.shape = shape;
  return kernel;
}

std::vector<ValueId> einsum_dense(LayerCall& call) {
  const Config config = call.config();
  const std::string bias_axes = config.text("bias_axes", "");
  const bool quantised = is_quantised(call);
  const std::size_t plain_weights = bias_axes.empty() ? 1 : 2;
  require_weight_count(call, plain_weights + (is_int8(call) ? 1 : 0));
  ValueId input = as_float(call, call.input());
  const EinsumProduct product = read_product(config, call.shape(input));
  const EinsumEquation& equation = product.equation;
  QuantisedInput numbers;
  if (quantised) {
    numbers = quantise(call, product, input);
    input = numbers.numbers;
  }

  ops::ProductTerms terms;
  terms.kernel = read_kernel(call, product.shape(equation.kernel));
  terms.kernel_view = product.view(equation.kernel, equation.kernel,
                                   product.inner + product.groups + product.columns);
  if (terms.kernel_view->is_identity(static_cast<std::size_t>(terms.kernel.shape.elements()))) {
    terms.kernel_view.reset();
  }
  const std::string channels = product.groups + product.columns;
  const std::string span = bias_axes.empty() ? "" : bias_span(product, bias_axes);
  const bool bias_in_product = !quantised && std::ranges::all_of(bias_axes, [&](char letter) {
    return has_letter(channels, letter);
  });
  if (!bias_axes.empty() && bias_in_product) {
    terms.bias = read_bias(call, product, span, bias_axes);
    terms.bias_view = product.view(span, bias_axes, channels);
  }

  const ValueId ordered =
      permute_letters(call, input, equation.input, product.free + product.groups + product.inner);
  const ValueId flat = add_product(call, product, ordered, std::move(terms));
  const ValueId split = add_reshape(call, flat, product.shape(product.free + channels));
  ValueId output = permute_letters(call, split, product.free + channels, equation.output);
  if (quantised) output = descale(call, product, numbers, plain_weights, output);
  if (!bias_axes.empty() && !bias_in_product) {
    output = call.add(ops::make_add_constant(read_bias(call, product, span, bias_axes),
                                             product.view(span, bias_axes, span)),
                      {output});
  }
  return {add_activation(call, config.json().value("activation", Json()), output)};
}

}  // namespace

void register_einsum_dense(Registry& registry) { registry.add_layer("EinsumDense", einsum_dense); }

}  // namespace weir::layers
