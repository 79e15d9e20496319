#include <array>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/channel_affine.h"
#include "ops/concat.h"
#include "ops/convolution.h"
#include "ops/unary.h"

/// Layers of sound: frequencies over time.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

constexpr double kEpsilon = 1e-7;  // Of keras.config.epsilon(), which a file does not keep.

/// An STFTSpectrogram on one signal's shape. Its transform is a convolution with weights that may
/// have been trained; values are (batch, channels, times, frequencies).
class Stft {
 public:
  explicit Stft(const Config& config)
      : length_(config.sizes("frame_length", 1, 256).front()),
        step_(config.sizes("frame_step", 1, std::max<std::int64_t>(length_ / 2, 1)).front()),
        frequencies_(config.sizes("fft_length", 1, next_power(length_)).front() / 2 + 1) {
    const std::string padding = config.text("padding", "valid");
    require(padding == "valid" || padding == "same", ErrorCode::kMalformed, "padding is '{}'",
            padding);
    padding_ = padding == "same" ? ops::PaddingMode::kSame : ops::PaddingMode::kValid;
  }

  std::int64_t frequencies() const { return frequencies_; }

  ValueId add(LayerCall& call, ValueId signals, std::size_t weight) const {
    ops::ConvolutionAttributes attributes;
    const std::array<std::int64_t, 2> kernel{1, length_};
    const std::array<std::int64_t, 2> stride{1, step_};
    attributes.window.kernel = ops::to_extent(kernel);
    attributes.window.stride = ops::to_extent(stride);
    attributes.window.padding = padding_;
    attributes.out_channels = static_cast<std::size_t>(frequencies_);
    ops::ProductTerms terms;
    terms.kernel = call.weight(weight, {length_, 1, frequencies_});
    terms.kernel.shape = {1, length_, 1, frequencies_};
    return call.add(ops::make_convolution(attributes, std::move(terms)), {signals});
  }

 private:
  static std::int64_t next_power(std::int64_t length) {
    std::int64_t power = 1;
    while (power < length) power *= 2;
    return power;
  }

  std::int64_t length_;
  std::int64_t step_;
  std::int64_t frequencies_;
  ops::PaddingMode padding_ = ops::PaddingMode::kValid;
};

ValueId at_least(LayerCall& call, double least, ValueId value) {
  return add_binary(call, BinaryKind::kMaximum, value, Operand::number(least, false));
}

ValueId add_unary(LayerCall& call, UnaryKind kind, ValueId value) {
  return call.add(ops::make_unary({kind}), {value});
}

/// The power of all frequencies but the first and the last counts for their mirror images, too.
ValueId with_mirror_images(LayerCall& call, ValueId power, std::int64_t frequencies) {
  const auto values = [frequencies] {
    const auto count = static_cast<std::size_t>(frequencies);
    std::vector<float> scale(count, 2.0F);
    scale.front() = scale.back() = 1.0F;
    return graph::ChannelAffine::Values{std::move(scale), std::vector<float>(count, 0.0F)};
  };
  return call.add(ops::make_channel_affine({call.path() + "/mirror", frequencies, values}, 0),
                  {power});
}

ValueId add_power_mode(LayerCall& call, const std::string& mode, std::int64_t frequencies,
                       ValueId real, ValueId imaginary) {
  const ValueId power =
      add_binary(call, BinaryKind::kAdd, add_unary(call, UnaryKind::kSquare, real),
                 add_unary(call, UnaryKind::kSquare, imaginary));
  if (mode == "psd") return with_mirror_images(call, power, frequencies);
  const ValueId magnitude = add_unary(call, UnaryKind::kSqrt, at_least(call, kEpsilon, power));
  if (mode == "magnitude") return magnitude;
  require(mode == "log", ErrorCode::kMalformed, "mode is '{}'", mode);
  return add_unary(call, UnaryKind::kLog, at_least(call, kEpsilon, magnitude));
}

ValueId add_mode(LayerCall& call, const std::string& mode, ValueId signals) {
  const Stft stft(call.config());
  const bool is_part = mode == "real" || mode == "imag";
  require_plain_weights(call, is_part ? 1 : 2);
  const ValueId first = stft.add(call, signals, 0);
  if (is_part) return first;
  const ValueId imaginary = stft.add(call, signals, 1);
  if (mode == "angle") return add_binary(call, BinaryKind::kArctan2, imaginary, first);
  if (mode == "stft") return call.add(ops::make_concat(3), {first, imaginary});
  return add_power_mode(call, mode, stft.frequencies(), first, imaginary);
}

/// From (batch, channels, times, frequencies) to what the config wants.
ValueId arranged(LayerCall& call, ValueId value) {
  const Config config = call.config();
  const Shape shape = call.shape(value);
  const bool channels_first = config.channels_first();
  if (config.boolean("expand_dims", false)) {
    return channels_first ? value : add_transpose(call, value, {0, 2, 3, 1});
  }
  if (channels_first) {
    return add_reshape(call, add_transpose(call, value, {0, 1, 3, 2}), {shape[0], -1, shape[2]});
  }
  return add_reshape(call, add_transpose(call, value, {0, 2, 1, 3}), {shape[0], shape[2], -1});
}

std::vector<ValueId> stft_spectrogram(LayerCall& call) {
  const Config config = call.config();
  ValueId signals = as_float(call, call.input());
  require(call.shape(signals).rank() == 3, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected 3 axes", to_string(call.shape(signals)));
  if (!config.channels_first()) signals = add_transpose(call, signals, {0, 2, 1});
  Shape shape = call.shape(signals);
  shape.push_back(1);
  signals = add_reshape(call, signals, shape);
  return {arranged(call, add_mode(call, config.text("mode", "log"), signals))};
}

}  // namespace

void register_spectrogram(Registry& registry) {
  registry.add_layer("STFTSpectrogram", stft_spectrogram);
}

}  // namespace weir::layers
