#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/number_array.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/matmul.h"
#include "ops/power_spectrum.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

/// Longer ones are no sound's; a hostile file could ask for all memory.
constexpr std::int64_t kLongestFrame = std::int64_t{1} << 20;
constexpr std::int64_t kMostMelWeights = std::int64_t{1} << 24;

std::int64_t frame_length(const Config& config) {
  const std::int64_t length = config.sizes("fft_length", 1, 2048).front();
  require(length <= kLongestFrame, ErrorCode::kUnsupported, "fft_length {} is not supported",
          length);
  return length;
}

/// TensorFlow's periodic windows, which are periodic where the length is even.
std::vector<float> raised_cosine(std::size_t length, double offset) {
  if (length == 1) return {1.0F};
  const auto period = static_cast<double>(length % 2 == 0 ? length : length - 1);
  std::vector<float> window;
  for (std::size_t i = 0; i < length; ++i) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / period;
    window.push_back(static_cast<float>(offset - (1.0 - offset) * std::cos(angle)));
  }
  return window;
}

std::vector<float> read_window(const Config& config, std::size_t length) {
  if (!config.has("window") || config.json()["window"].is_string()) {
    const std::string name = config.text("window", "hann");
    require(name == "hann" || name == "hamming", ErrorCode::kUnsupported,
            "the window '{}' is not supported", name);
    return raised_cosine(length, name == "hann" ? 0.5 : 0.54);
  }
  const std::optional<NumberArray> numbers = parse_numbers(config.json()["window"]);
  require(numbers && numbers->values.size() == length, ErrorCode::kMalformed,
          "the window is not an array of {} numbers", length);
  return {numbers->values.begin(), numbers->values.end()};
}

/// The window in the middle of a frame. Without one, all of the frame counts.
std::vector<float> framed_window(const Config& config) {
  const auto length = static_cast<std::size_t>(frame_length(config));
  const auto used = static_cast<std::size_t>(
      config.sizes("sequence_length", 1, static_cast<std::int64_t>(length)).front());
  require(used <= length, ErrorCode::kMalformed, "sequence_length {} is above fft_length {}", used,
          length);
  const bool has_window = !config.json().contains("window") || config.has("window");
  if (!has_window) return std::vector<float>(length, 1.0F);
  const std::vector<float> window = read_window(config, used);
  std::vector<float> framed(length, 0.0F);
  std::ranges::copy(window, framed.begin() + static_cast<std::ptrdiff_t>((length - used) / 2));
  return framed;
}

double to_mel(double hertz) { return 1127.0 * std::log(1.0 + hertz / 700.0); }

/// How much each frequency (rows) counts for each band of the mel scale (columns): triangles.
std::vector<double> mel_matrix(const Config& config, std::size_t frequencies, std::size_t bands) {
  const double rate = config.number("sampling_rate", 16000.0);
  const double low = to_mel(config.number("min_freq", 20.0));
  const double high = to_mel(config.number("max_freq", std::floor(rate / 2.0)));
  const double width = (high - low) / static_cast<double>(bands + 1);
  require(width > 0.0, ErrorCode::kMalformed, "min_freq is not below max_freq");
  std::vector<double> matrix(frequencies * bands, 0.0);
  for (std::size_t k = 1; k < frequencies; ++k) {
    const double mel =
        to_mel(rate / 2.0 * static_cast<double>(k) / static_cast<double>(frequencies - 1));
    for (std::size_t band = 0; band < bands; ++band) {
      const double lower = low + width * static_cast<double>(band);
      const double rising = (mel - lower) / width;
      matrix[k * bands + band] = std::max(0.0, std::min(rising, 2.0 - rising));
    }
  }
  return matrix;
}

ValueId add_mel_scale(LayerCall& call, ValueId spectrum) {
  const Config config = call.config();
  const auto frequencies = static_cast<std::size_t>(call.shape(spectrum).back());
  const std::int64_t columns = config.sizes("num_mel_bins", 1, 128).front();
  require(columns <= kMostMelWeights / call.shape(spectrum).back(), ErrorCode::kUnsupported,
          "{} bands of {} frequencies are not supported", columns, frequencies);
  const auto bands = static_cast<std::size_t>(columns);
  ops::ProductTerms terms;
  terms.kernel = Operand::array(call.path(), mel_matrix(config, frequencies, bands),
                                {static_cast<std::int64_t>(frequencies), columns}, DType::kFloat32)
                     .constant(call.path());
  return call.add(ops::make_matmul(frequencies, bands, std::move(terms)), {spectrum});
}

/// Decibels below a reference, none more than `top_db` below the loudest of the batch.
ValueId add_decibels(LayerCall& call, ValueId power) {
  const Config config = call.config();
  const double least = config.number("min_power", 1e-10);
  const double reference = std::max(std::abs(config.number("ref_power", 1.0)), least);
  const ValueId audible =
      add_binary(call, BinaryKind::kMaximum, power, Operand::number(least, false));
  const ValueId logarithm = call.add(ops::make_unary({UnaryKind::kLog10}), {audible});
  const ValueId decibels = add_affine(call, 10.0, -10.0 * std::log10(reference), logarithm);
  std::vector<std::size_t> all;
  for (std::size_t axis = 0; axis < call.shape(decibels).rank(); ++axis) all.push_back(axis);
  const ValueId loudest =
      call.add(ops::make_reduce(kernels::ReduceKind::kMaximum, all, true), {decibels});
  const ValueId floor = add_binary(call, BinaryKind::kSubtract, loudest,
                                   Operand::number(config.number("top_db", 80.0), false));
  return add_binary(call, BinaryKind::kMaximum, decibels, floor);
}

std::vector<ValueId> mel_spectrogram(LayerCall& call) {
  const Config config = call.config();
  const ValueId signal = as_float(call, call.input());
  const auto step = static_cast<std::size_t>(config.sizes("sequence_stride", 1, 512).front());
  ValueId spectrum = call.add(ops::make_power_spectrum(framed_window(config), step), {signal});
  // Of the power, where Keras says of the magnitude.
  const double exponent = config.number("mag_exp", 2.0) / 2.0;
  if (exponent != 1.0) {
    spectrum =
        call.add(ops::make_unary({UnaryKind::kPower, static_cast<float>(exponent)}), {spectrum});
  }
  ValueId mel = add_mel_scale(call, spectrum);
  if (config.boolean("power_to_db", true)) mel = add_decibels(call, mel);
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < call.shape(mel).rank(); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return {add_transpose(call, mel, std::move(order))};
}

}  // namespace

void register_mel_spectrogram(Registry& registry) {
  registry.add_layer("MelSpectrogram", mel_spectrogram);
}

}  // namespace weir::layers
