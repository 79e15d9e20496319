#include "ops/normalize.h"

#include <algorithm>
#include <utility>

#include "ops/channel_shape.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

using graph::Constant;
using kernels::NormalizeShape;

/// A weight as float32, packed once; empty where there is none.
graph::PackedWeight pack_floats(graph::PackedWeights& weights,
                                const std::optional<Constant>& constant) {
  if (!constant) return {};
  const auto bytes = static_cast<std::size_t>(constant->shape.elements()) * sizeof(float);
  return weights.get(constant->id, bytes, [&constant](const graph::PackingRoom& room) {
    const WeightFloats floats(*constant);
    std::ranges::copy(floats.values(), room.floats());
  });
}

const float* floats_of(const graph::PackedWeight& weight) {
  return reinterpret_cast<const float*>(weight.bytes.data());
}

class Normalize : public graph::Operation {
 public:
  explicit Normalize(NormalizeAttributes attributes) : attributes_(std::move(attributes)) {}

  std::string_view kind() const override { return "normalization"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    const graph::ValueType& input = only_float_input(kind(), inputs);
    const NormalizeShape shape = shape_of(input.shape);
    for (const auto* weight : {&attributes_.gamma, &attributes_.beta}) {
      const auto expected = static_cast<std::int64_t>(shape.groups * shape.channels);
      require(!*weight || (*weight)->shape.elements() == expected, ErrorCode::kInvalidArgument,
              "a weight of {} elements normalises {} channels",
              *weight ? (*weight)->shape.elements() : 0, expected);
    }
    return {input};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    auto gamma = pack_floats(context.weights, attributes_.gamma);
    auto beta = pack_floats(context.weights, attributes_.beta);
    return make_step(
        [gamma, beta, kind = attributes_.kind, epsilon = attributes_.epsilon,
         shape = shape_of(context.inputs[0].shape)](const kernels::StepArgs& args) {
          kernels::normalize(kind, shape, epsilon, args.input(0), floats_of(gamma), floats_of(beta),
                             args.output(), args.pool);
        },
        0, {gamma, beta});
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }

  std::size_t packed_bytes() const override {
    std::size_t bytes = 0;
    for (const auto* weight : {&attributes_.gamma, &attributes_.beta}) {
      if (*weight) bytes += static_cast<std::size_t>((*weight)->shape.elements()) * sizeof(float);
    }
    return bytes;
  }

 private:
  /// Throws kInvalidArgument where the operation does not fit.
  virtual NormalizeShape shape_of(const Shape& input) const = 0;

  NormalizeAttributes attributes_;
};

class LastAxesNormalize final : public Normalize {
 public:
  LastAxesNormalize(std::size_t axes, NormalizeAttributes attributes)
      : Normalize(std::move(attributes)), axes_(axes) {}

  bool keeps_samples_apart(std::span<const graph::ValueType> inputs) const override {
    return axes_ < inputs[0].shape.rank();
  }

 private:
  NormalizeShape shape_of(const Shape& input) const override {
    require(axes_ > 0 && axes_ <= input.rank(), ErrorCode::kInvalidArgument,
            "{} over {} axes of a shape {}", kind(), axes_, to_string(input));
    const kernels::ChannelShape split = channel_shape(input, input.rank() - axes_);
    return {.batch = split.outer, .channels = split.channels * split.inner};
  }

  std::size_t axes_;
};

class GroupNormalize final : public Normalize {
 public:
  GroupNormalize(std::size_t groups, NormalizeAttributes attributes)
      : Normalize(std::move(attributes)), groups_(groups) {}

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

 private:
  NormalizeShape shape_of(const Shape& input) const override {
    require(input.rank() >= 2, ErrorCode::kInvalidArgument, "{} of groups of a shape {}", kind(),
            to_string(input));
    const auto batch = static_cast<std::size_t>(input[0]);
    const auto channels = static_cast<std::size_t>(input.back());
    require(groups_ > 0 && channels % groups_ == 0, ErrorCode::kInvalidArgument,
            "{} channels are not {} equal groups", channels, groups_);
    const std::size_t pixels =
        channel_shape(input, input.rank() - 1).outer / std::max<std::size_t>(batch, 1);
    return {batch, pixels, groups_, channels / groups_};
  }

  std::size_t groups_;
};

}  // namespace

graph::OperationPtr make_normalize(std::size_t axes, NormalizeAttributes attributes) {
  return std::make_shared<LastAxesNormalize>(axes, std::move(attributes));
}

graph::OperationPtr make_group_normalize(std::size_t groups, NormalizeAttributes attributes) {
  return std::make_shared<GroupNormalize>(groups, std::move(attributes));
}

}  // namespace weir::ops
