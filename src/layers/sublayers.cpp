#include "layers/sublayers.h"

#include <utility>

#include "base/fail.h"
#include "layers/operand.h"
#include "layers/quantised.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/binary.h"
#include "ops/lookup.h"

namespace weir::layers {
namespace {

const keras::LayerWeights* part_of(const keras::LayerWeights* weights, std::string_view attribute) {
  while (weights != nullptr && !attribute.empty()) {
    const std::size_t slash = attribute.find('/');
    const auto found = weights->parts.find(std::string(attribute.substr(0, slash)));
    weights = found == weights->parts.end() ? nullptr : &found->second;
    attribute = slash == attribute.npos ? "" : attribute.substr(slash + 1);
  }
  return weights;
}

Json tensor(std::size_t index) { return {{"tensor", index}}; }

}  // namespace

Sublayers Sublayers::at(std::string_view attribute) const {
  if (attribute.empty()) return *this;
  const std::string before = name_.empty() ? std::string() : name_ + "/";
  return {*call_, before + std::string(attribute), part_of(weights_, attribute)};
}

Sublayers Sublayers::at(std::string_view list, std::string_view item, std::size_t index) const {
  return at(index == 0 ? fmt::format("{}/{}", list, item)
                       : fmt::format("{}/{}_{}", list, item, index));
}

keras::LayerRecord Sublayers::record(std::string_view attribute, std::string_view class_name,
                                     Json config) const {
  const Sublayers layer = at(attribute);
  require(call_->record().weights.vars.empty() || !call_->record().weights.parts.empty() ||
              attribute.empty(),
          ErrorCode::kUnsupported,
          "its weights are one list, as legacy files have them; save the model as .keras");
  keras::LayerRecord record;
  record.class_name = class_name;
  record.module = "keras.layers";
  record.name = layer.name_;
  record.config = std::move(config);
  if (layer.weights_ == nullptr) return record;
  record.weights = *layer.weights_;
  mark_if_int8(record);
  return record;
}

graph::Constant Sublayers::weight(std::size_t index, const Shape& shape) const {
  if (name_.empty()) return call_->weight(index, shape);
  const keras::LayerRecord own = record("", call_->record().class_name, Json::object());
  graph::Constant weight = call_->inside(own, {}).weight(index, shape);
  require(weight.dtype != DType::kInt8, ErrorCode::kUnsupported,
          "quantised weights of its '{}' are not supported; save the model before it is quantised",
          name_);
  return weight;
}

std::optional<Shape> Sublayers::shape_of(std::size_t index) const {
  if (weights_ == nullptr || index >= weights_->vars.size()) return std::nullopt;
  return weights_->vars[index].shape;
}

ValueId Sublayers::add_rows(std::size_t index, const Shape& shape, std::int64_t rows,
                            ValueId like) const {
  graph::Constant table = weight(index, shape);
  table.shape = {shape.elements() / shape.back(), shape.back()};
  const std::int64_t batch = call_->shape(like)[0];
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < batch * rows; ++i) numbers.push_back(static_cast<double>(i % rows));
  const Operand indices = Operand::array(call_->path(), numbers, {batch, rows}, DType::kInt32);
  return call_->add(ops::make_lookup(std::move(table), ops::NegativeRow::kCountsFromEnd),
                    {as_value(*call_, indices)});
}

ValueId Sublayers::add(std::string_view attribute, std::string_view class_name, Json config,
                       ValueId input) const {
  return call_->add_inner(record(attribute, class_name, std::move(config)), {input}).front();
}

ValueId add_layer_norm(const Sublayers& layers, std::string_view attribute, double epsilon,
                       ValueId input) {
  return layers.add(attribute, "LayerNormalization", {{"epsilon", epsilon}}, input);
}

ValueId add_dense(const Sublayers& layers, std::string_view attribute, std::int64_t units,
                  ValueId input, Json options) {
  options["units"] = units;
  return layers.add(attribute, "Dense", std::move(options), input);
}

ValueId add_einsum_dense(const Sublayers& layers, std::string_view attribute,
                         std::string_view equation, const std::vector<std::int64_t>& sizes,
                         ValueId input, std::string_view bias_axes) {
  Json shape = Json::array({nullptr});
  for (const std::int64_t size : sizes) shape.push_back(size);
  Json config{{"equation", equation}, {"output_shape", shape}};
  if (!bias_axes.empty()) config["bias_axes"] = bias_axes;
  return layers.add(attribute, "EinsumDense", std::move(config), input);
}

ValueId add_multi_head_attention(const Sublayers& layers, std::string_view attribute, Json config,
                                 ValueId query, ValueId value, const AttentionMasks& masks,
                                 std::string_view class_name) {
  std::vector<ValueId> inputs{query, value};
  keras::CallRecord arguments;
  arguments.args = {tensor(0), tensor(1)};
  const auto pass = [&](const char* name, const Mask& mask) {
    if (!mask) return;
    arguments.kwargs[name] = tensor(inputs.size());
    inputs.push_back(*mask);
  };
  pass("value_mask", masks.of_keys);
  pass("attention_mask", masks.of_scores);
  arguments.kwargs["use_causal_mask"] = masks.causal;
  keras::LayerRecord record = layers.record(attribute, class_name, std::move(config));
  if (class_name != "MultiHeadAttention") record.module = "keras_hub";
  LayerCall call = layers.call().inside(record, std::move(inputs)).of(record, arguments);
  return Registry::builtin().find(record).lower(call).front();
}

std::int64_t size_in(const Config& config, std::string_view key, std::int64_t fallback) {
  return config.sizes(key, 1, fallback).front();
}

std::int64_t head_size(std::int64_t width, std::int64_t heads) {
  require(heads > 0 && width >= heads, ErrorCode::kMalformed, "{} heads of vectors of {} elements",
          heads, width);
  return width / heads;
}

ValueId add_sum(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, kernels::BinaryKind::kAdd, a, b);
}

ValueId add_weight(LayerCall& call, graph::Constant weight, ValueId input) {
  return call.add(ops::make_binary(kernels::BinaryKind::kAdd, {}, std::move(weight)), {input});
}

ValueId add_positions(LayerCall& call, const graph::Constant& table, ValueId input) {
  const Shape& shape = call.shape(input);
  const std::int64_t count = shape[shape.rank() - 2];
  const std::int64_t rows = table.shape[table.shape.rank() - 2];
  require(count <= rows, ErrorCode::kInvalidArgument,
          "a sequence of {} is longer than the {} positions that there are", count, rows);
  graph::Constant part = table;
  part.id = fmt::format("{}[:{}]", table.id, count);
  part.shape = {count, shape.back()};
  if (!part.data.bytes.empty()) {
    part.data =
        part.data.subspan(0, static_cast<std::size_t>(part.shape.elements()) * size_of(part.dtype));
  }
  return add_weight(call, std::move(part), input);
}

}  // namespace weir::layers
