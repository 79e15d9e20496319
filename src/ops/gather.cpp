#include "ops/gather.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "kernels/gather.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

/// `value` as an element of type `dtype`.
std::array<std::byte, 4> element_of(DType dtype, double value) {
  std::array<std::byte, 4> bytes{};
  const auto put = [&bytes](auto element) { std::memcpy(bytes.data(), &element, sizeof(element)); };
  if (dtype == DType::kFloat32) {
    put(static_cast<float>(value));
  } else if (dtype == DType::kBool) {
    put(static_cast<std::uint8_t>(value != 0.0));
  } else {
    put(static_cast<std::int32_t>(std::clamp(value, double{INT32_MIN}, double{INT32_MAX})));
  }
  return bytes;
}

class Gather final : public graph::Operation {
 public:
  explicit Gather(GatherAttributes attributes) : attributes_(std::move(attributes)) {}

  std::string_view kind() const override { return attributes_.kind; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "takes one tensor, not {}",
            inputs.size());
    ValueType result = inputs[0];
    for (const AxisMove& move : attributes_.moves) {
      require(move.axis < result.shape.rank(), ErrorCode::kInvalidArgument,
              "a tensor of shape {} has no axis {}", to_string(inputs[0].shape), move.axis);
      result.shape[move.axis] = move.out_size(inputs[0].shape[move.axis]);
    }
    return {result};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const ValueType& input = context.inputs[0];
    kernels::GatherShape shape;
    shape.element_bytes = size_of(input.dtype);
    shape.fill_element = element_of(input.dtype, attributes_.fill_value);
    for (std::size_t axis = 0; axis < input.shape.rank(); ++axis) {
      shape.axes.push_back(bind_axis(axis, input.shape[axis], context.outputs[0].shape[axis]));
    }
    return make_step([kernel = kernels::Gather(shape)](const kernels::StepArgs& args) {
      kernel.run(args.inputs[0], args.outputs[0], args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override {
    return std::ranges::none_of(attributes_.moves,
                                [](const AxisMove& move) { return move.axis == 0; });
  }

  bool is_alias() const override { return attributes_.moves.empty(); }

  std::optional<graph::ZeroPadding> as_zero_padding() const override {
    return attributes_.zero_padding;
  }

 private:
  kernels::GatherShape::Axis bind_axis(std::size_t axis, std::int64_t in_size,
                                       std::int64_t out_size) const {
    const auto move = std::ranges::find(attributes_.moves, axis, &AxisMove::axis);
    kernels::GatherShape::Axis bound{static_cast<std::size_t>(in_size), {}};
    bound.index.reserve(static_cast<std::size_t>(out_size));
    for (std::int64_t i = 0; i < out_size; ++i) {
      bound.index.push_back(move == attributes_.moves.end() ? i : move->source(in_size, i));
    }
    return bound;
  }

  GatherAttributes attributes_;
};

AxisMove slice_move(const AxisSlice& slice) {
  return {slice.axis,
          [slice](std::int64_t in) {
            const std::int64_t last = checked_add(
                slice.start, checked_mul(slice.step, std::max<std::int64_t>(slice.size, 1) - 1));
            require(slice.size >= 0 && (slice.size == 0 || (std::min(slice.start, last) >= 0 &&
                                                            std::max(slice.start, last) < in)),
                    ErrorCode::kInvalidArgument,
                    "a slice of {} positions from {} on, {} apart, does not fit an axis of {}",
                    slice.size, slice.start, slice.step, in);
            return slice.size;
          },
          [slice](std::int64_t, std::int64_t i) { return slice.start + i * slice.step; }};
}

}  // namespace

graph::OperationPtr make_gather(GatherAttributes attributes) {
  return std::make_shared<Gather>(std::move(attributes));
}

graph::OperationPtr make_slice(std::span<const AxisSlice> slices) {
  GatherAttributes attributes{.kind = "slice"};
  std::ranges::transform(slices, std::back_inserter(attributes.moves), slice_move);
  return make_gather(std::move(attributes));
}

graph::OperationPtr make_take(std::size_t axis, std::vector<std::int64_t> indices) {
  const auto [least, largest] = std::ranges::minmax_element(indices);
  const std::int64_t low = indices.empty() ? 0 : *least;
  const std::int64_t high = indices.empty() ? -1 : *largest;
  const auto count = static_cast<std::int64_t>(indices.size());
  const auto out_size = [low, high, count](std::int64_t in) {
    require(low >= 0 && high < in, ErrorCode::kInvalidArgument,
            "indices from {} to {} are outside an axis of {}", low, high, in);
    return count;
  };
  const auto source = [indices = std::move(indices)](std::int64_t, std::int64_t i) {
    return indices[static_cast<std::size_t>(i)];
  };
  return make_gather({.kind = "take", .moves = {{axis, out_size, source}}});
}

AxisMove repeat_each(std::size_t axis, std::int64_t count) {
  return {axis, [count](std::int64_t in) { return checked_mul(in, count); },
          [count](std::int64_t, std::int64_t i) { return i / count; }};
}

AxisMove repeat_all(std::size_t axis, std::int64_t count) {
  return {axis, [count](std::int64_t in) { return checked_mul(in, count); },
          [](std::int64_t in, std::int64_t i) { return i % in; }};
}

AxisMove roll(std::size_t axis, std::int64_t shift) {
  return {axis, [](std::int64_t in) { return in; },
          [shift](std::int64_t in, std::int64_t i) { return ((i - shift % in) % in + in) % in; }};
}

AxisMove nearest(std::size_t axis, std::int64_t size) {
  return {axis, [size](std::int64_t) { return size; },
          [size](std::int64_t in, std::int64_t i) {
            // TensorFlow computes in float32, and so decides ties.
            const float scale = static_cast<float>(in) / static_cast<float>(size);
            const float place = (static_cast<float>(i) + 0.5F) * scale;
            return std::clamp<std::int64_t>(static_cast<std::int64_t>(place), 0, in - 1);
          }};
}

}  // namespace weir::ops
