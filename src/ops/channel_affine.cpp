#include "ops/channel_affine.h"

#include <algorithm>
#include <utility>

#include "kernels/affine.h"
#include "ops/channel_shape.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ChannelAffine;
using graph::OperationPtr;

/// Rows shorter than this are joined: their scales are repeated, so that the kernel's inner loop is
/// long even for the three channels of an image.
constexpr std::size_t kShortRow = 64;
constexpr std::size_t kJoinedRow = 256;

std::size_t repeats_of(std::size_t channels) {
  return channels < kShortRow ? (kJoinedRow + channels - 1) / channels : 1;
}

class ChannelAffineOperation final : public graph::Operation {
 public:
  ChannelAffineOperation(ChannelAffine affine, std::size_t axes_after,
                         const kernels::Unary& activation)
      : affine_(std::move(affine)), axes_after_(axes_after), activation_(activation) {}

  std::string_view kind() const override { return "channel affine"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    const graph::ValueType& input = only_float_input(kind(), inputs);
    require(input.shape.rank() > axes_after_, ErrorCode::kInvalidArgument,
            "{} of an input of shape {}", kind(), to_string(input.shape));
    const std::int64_t channels = input.shape[axis_in(input.shape)];
    require(channels == affine_.channels, ErrorCode::kInvalidArgument,
            "{} of {} channels does not fit an input of shape {}", kind(), affine_.channels,
            to_string(input.shape));
    return {input};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override;
  std::size_t packed_bytes() const override { return 2 * packed_length() * sizeof(float); }
  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  bool keeps_samples_apart(std::span<const graph::ValueType> inputs) const override {
    return axis_in(inputs[0].shape) > 0;
  }

  std::optional<ChannelAffine> as_channel_affine() const override {
    if (axes_after_ != 0 || !activation_.is_identity()) return std::nullopt;
    return affine_;
  }
  OperationPtr with_unary(const kernels::Unary& unary) const override {
    if (!activation_.is_identity()) return nullptr;
    return std::make_shared<ChannelAffineOperation>(affine_, axes_after_, unary);
  }
  OperationPtr with_channel_affine(const ChannelAffine& next) const override {
    if (!as_channel_affine() || next.channels != affine_.channels) return nullptr;
    return make_channel_affine(graph::compose(affine_, next), 0);
  }

 private:
  std::size_t axis_in(const Shape& shape) const { return shape.rank() - 1 - axes_after_; }

  std::size_t packed_length() const {
    const auto channels = static_cast<std::size_t>(affine_.channels);
    return axes_after_ == 0 ? channels * repeats_of(channels) : channels;
  }

  void pack(const graph::PackingRoom& room) const {
    const ChannelAffine::Values values = affine_.values();
    const std::span packed(room.floats(), 2 * packed_length());
    const std::size_t channels = values.scale.size();
    for (std::size_t i = 0; i < packed_length(); ++i) {
      packed[i] = values.scale[i % channels];
      packed[packed_length() + i] = values.shift[i % channels];
    }
  }

  ChannelAffine affine_;
  std::size_t axes_after_;
  kernels::Unary activation_;
};

std::unique_ptr<kernels::Step> ChannelAffineOperation::prepare(
    const graph::PrepareContext& context) const {
  const std::string key = fmt::format("affine/{}/{}", affine_.id, packed_length());
  graph::PackedWeight packed = context.weights.get(
      key, packed_bytes(), [this](const graph::PackingRoom& room) { pack(room); });
  const Shape& in = context.inputs[0].shape;
  const std::size_t length = packed_length();
  kernels::ChannelShape shape = channel_shape(in, axis_in(in));
  const std::size_t rest = shape.outer * shape.channels % length;
  if (axes_after_ == 0) shape = {shape.outer * shape.channels / length, length, 1};
  const auto run = [shape, rest, length, packed,
                    unary = activation_](const kernels::StepArgs& args) {
    const auto* scale = reinterpret_cast<const float*>(packed.bytes.data());
    const float* shift = scale + length;
    kernels::channel_affine(shape, args.input(0), scale, shift, args.output(), unary, args.pool);
    if (rest == 0 || shape.inner != 1) return;
    const std::size_t done = shape.outer * length;
    kernels::channel_affine({1, rest, 1}, args.input(0) + done, scale, shift, args.output() + done,
                            unary, args.pool);
  };
  return make_step(run, 0, {packed});
}

}  // namespace

OperationPtr make_channel_affine(ChannelAffine affine, std::size_t axes_after) {
  return std::make_shared<ChannelAffineOperation>(std::move(affine), axes_after, kernels::Unary{});
}

}  // namespace weir::ops
