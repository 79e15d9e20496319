#include "ops/attention.h"

#include <array>

#include "base/fail.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::AttentionMask;
using kernels::AttentionShape;

constexpr std::size_t kArrays = 3;

std::size_t samples_of(const Shape& shape) {
  std::size_t samples = 1;
  for (std::size_t axis = 0; axis + 3 < shape.rank(); ++axis) {
    samples *= static_cast<std::size_t>(shape[axis]);
  }
  return samples;
}

/// One of the last three sizes.
std::size_t size_at(const Shape& shape, std::size_t axis) {
  return static_cast<std::size_t>(shape[shape.rank() - 3 + axis]);
}

AttentionShape attention_shape(std::span<const ValueType> inputs) {
  const Shape& queries = inputs[0].shape;
  const Shape& keys = inputs[1].shape;
  return {.samples = samples_of(queries),
          .heads = size_at(queries, 1),
          .key_heads = size_at(keys, 1),
          .queries = size_at(queries, 0),
          .keys = size_at(keys, 0),
          .key_size = size_at(queries, 2),
          .value_size = size_at(inputs[2].shape, 2)};
}

std::vector<std::int64_t> leading(const Shape& shape) { return {shape.begin(), shape.end() - 3}; }

void check_mask(const ValueType& mask, const Shape& scores) {
  require(mask.dtype == DType::kBool, ErrorCode::kInvalidArgument, "a mask of {} elements",
          to_string(mask.dtype));
  bool fits = mask.shape.rank() == scores.rank();
  for (std::size_t axis = 0; fits && axis < scores.rank(); ++axis) {
    fits = mask.shape[axis] == scores[axis] || mask.shape[axis] == 1;
  }
  const std::size_t samples = fits ? samples_of(mask.shape) : 0;
  require(fits && (samples == 1 || samples == samples_of(scores)), ErrorCode::kInvalidArgument,
          "a mask of the shape {} does not fit scores of the shape {}", to_string(mask.shape),
          to_string(scores));
}

/// Without the array, which a run brings.
AttentionMask bind_mask(const Shape& mask) {
  AttentionMask bound{};
  std::size_t stride = 1;
  for (std::size_t axis = 3; axis > 0; --axis) {
    const std::size_t size = size_at(mask, axis - 1);
    bound.strides[axis] = size == 1 ? 0 : stride;
    stride *= size;
  }
  bound.strides[0] = samples_of(mask) == 1 ? 0 : stride;
  return bound;
}

class AttentionStep final : public kernels::Step {
 public:
  AttentionStep(const kernels::AttentionRule& rule, const graph::PrepareContext& context,
                SharedBytes terms)
      : shape_(attention_shape(context.inputs)),
        rule_(rule),
        terms_(std::move(terms)),
        returns_scores_(context.outputs.size() > 1),
        scratch_bytes_(kernels::attention_scratch_bytes(shape_, context.threads)) {
    for (const ValueType& mask : context.inputs.subspan(kArrays)) {
      masks_[mask_count_++] = bind_mask(mask.shape);
    }
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }

  std::vector<SharedBytes> weights(std::size_t /*part*/) const override {
    if (terms_.bytes.empty()) return {};
    return {terms_};
  }

  void run(const kernels::StepArgs& args) const override {
    MaskList masks = masks_;
    for (std::size_t i = 0; i < mask_count_; ++i) masks[i].data = args.input<bool>(kArrays + i);
    const auto* terms = reinterpret_cast<const float*>(terms_.bytes.data());
    kernels::attention(shape_, rule_, std::span(masks).first(mask_count_),
                       {args.input(0), args.input(1), args.input(2), terms, args.output(0),
                        returns_scores_ ? args.output(1) : nullptr},
                       args.scratch, args.pool);
  }

  /// Masks of queries, values and keys, and one that is given.
  static constexpr std::size_t kMaxMasks = 4;

 private:
  using MaskList = std::array<AttentionMask, kMaxMasks>;

  AttentionShape shape_;
  kernels::AttentionRule rule_;
  MaskList masks_{};
  std::size_t mask_count_ = 0;
  SharedBytes terms_;
  bool returns_scores_;
  std::size_t scratch_bytes_;
};

class Attention final : public graph::Operation {
 public:
  explicit Attention(AttentionAttributes attributes) : attributes_(std::move(attributes)) {}

  std::string_view kind() const override { return "attention"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() >= kArrays && inputs.size() <= kArrays + AttentionStep::kMaxMasks,
            ErrorCode::kInvalidArgument, "attention takes 3 to {} inputs, not {}",
            kArrays + AttentionStep::kMaxMasks, inputs.size());
    check_arrays(inputs.first(kArrays));
    const AttentionShape shape = attention_shape(inputs);
    Shape result = inputs[0].shape;
    result[result.rank() - 1] = static_cast<std::int64_t>(shape.value_size);
    Shape scores = result;
    scores[scores.rank() - 3] = static_cast<std::int64_t>(shape.heads);
    scores[scores.rank() - 2] = static_cast<std::int64_t>(shape.queries);
    scores[scores.rank() - 1] = static_cast<std::int64_t>(shape.keys);
    for (const ValueType& mask : inputs.subspan(kArrays)) check_mask(mask, scores);
    std::vector<ValueType> outputs{{DType::kFloat32, result}};
    if (attributes_.returns_scores) outputs.push_back({DType::kFloat32, scores});
    return outputs;
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    return std::make_unique<AttentionStep>(attributes_.rule, context, pack_terms(context.weights));
  }

  std::size_t packed_bytes() const override {
    return attributes_.terms ? attributes_.terms->count * sizeof(float) : 0;
  }

  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> /*outputs*/) const override {
    const AttentionShape shape = attention_shape(inputs);
    return std::uint64_t{shape.samples} * shape.heads * shape.queries * shape.keys *
           (shape.key_size + shape.value_size);
  }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    return inputs[0].shape.rank() > kArrays;
  }

 private:
  void check_arrays(std::span<const ValueType> inputs) const {
    const Shape& queries = inputs[0].shape;
    for (const ValueType& input : inputs) {
      require(input.dtype == DType::kFloat32, ErrorCode::kUnsupported,
              "attention of {} elements is not supported", to_string(input.dtype));
      require(input.shape.rank() >= kArrays && input.shape.rank() == queries.rank() &&
                  leading(input.shape) == leading(queries),
              ErrorCode::kInvalidArgument, "attention of shapes {} and {}", to_string(queries),
              to_string(input.shape));
    }
    const AttentionShape shape = attention_shape(inputs);
    require(size_at(inputs[1].shape, 2) == shape.key_size &&
                size_at(inputs[2].shape, 0) == shape.keys &&
                size_at(inputs[2].shape, 1) == shape.key_heads && shape.key_heads > 0 &&
                shape.heads % shape.key_heads == 0,
            ErrorCode::kInvalidArgument, "queries {}, keys {} and values {} do not fit each other",
            to_string(queries), to_string(inputs[1].shape), to_string(inputs[2].shape));
    require(shape.keys > 0, ErrorCode::kInvalidArgument, "there is no key");
    require(!attributes_.terms || attributes_.terms->count == shape.key_size,
            ErrorCode::kInvalidArgument, "keys of {} elements do not fit {} terms", shape.key_size,
            attributes_.terms ? attributes_.terms->count : 0);
  }

  /// Nothing where there are none.
  SharedBytes pack_terms(graph::PackedWeights& weights) const {
    if (!attributes_.terms) return {};
    const auto& [weight, count] = *attributes_.terms;
    const auto pack = [&weight = weight, count = count](const graph::PackingRoom& room) {
      const std::vector<float> values = weight.to_floats();
      for (std::size_t i = 0; i < count; ++i) room.floats()[i] = values[i % values.size()];
    };
    return weights.get(weight.id, count * sizeof(float), pack);
  }

  AttentionAttributes attributes_;
};

}  // namespace

graph::OperationPtr make_attention(AttentionAttributes attributes) {
  return std::make_shared<Attention>(std::move(attributes));
}

}  // namespace weir::ops
