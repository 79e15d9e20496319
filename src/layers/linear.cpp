#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/quantised.h"
#include "layers/registry.h"
#include "ops/binary.h"
#include "ops/matmul.h"

namespace weir::layers {
namespace {

/// The product of an input of whole numbers; the bias is added to what it stands for.
ValueId quantised_product(LayerCall& call, ValueId input, std::int64_t units, bool has_bias) {
  const Shape& shape = call.shape(input);
  const std::int64_t inner = shape.back();
  const QuantisedInput quantised = quantise_input(call, input, {shape.rank() - 1});
  ops::ProductTerms terms;
  terms.kernel = call.weight(0, {inner, units});
  ValueId product = call.add(ops::make_matmul(static_cast<std::size_t>(inner),
                                              static_cast<std::size_t>(units), std::move(terms)),
                             {quantised.numbers});
  if (is_int8(call)) product = add_scale_weight(call, product, has_bias ? 2 : 1, {units});
  if (quantised.scale) product = add_division(call, product, *quantised.scale);
  if (!has_bias) return product;
  return call.add(ops::make_binary(kernels::BinaryKind::kAdd, {}, call.weight(1, {units})),
                  {product});
}

std::vector<ValueId> dense(LayerCall& call) {
  const Config config = call.config();
  const bool has_bias = config.boolean("use_bias", true);
  require_weight_count(call, (has_bias ? 2U : 1U) + (is_int8(call) ? 1U : 0U));
  const std::int64_t units = config.sizes("units", 1, 0).front();
  const ValueId input = as_float(call, call.input());
  require(call.shape(input).rank() >= 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected at least 2 axes", to_string(call.shape(input)));
  const std::int64_t inner = call.shape(input).back();

  const Json activation = config.json().value("activation", Json());
  if (is_quantised(call)) {
    return {add_activation(call, activation, quantised_product(call, input, units, has_bias))};
  }
  ops::ProductTerms terms;
  terms.kernel = call.weight(0, {inner, units});
  if (has_bias) terms.bias = call.weight(1, {units});
  const ValueId product =
      call.add(ops::make_matmul(static_cast<std::size_t>(inner), static_cast<std::size_t>(units),
                                std::move(terms)),
               {input});
  return {add_activation(call, activation, product)};
}

}  // namespace

void register_linear(Registry& registry) { registry.add_layer("Dense", dense, pass_masks); }

}  // namespace weir::layers
